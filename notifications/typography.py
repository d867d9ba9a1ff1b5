"""What French keeps on one line: numbers with their units, signs with the word before them."""

from __future__ import annotations

import re

from domain.obligations import MONTHS

_NUMBERS = (
    r" (?=[:;?!€»%])|(?<=«) "
    r"|(?<=\d) (?=\d{3}\b)"  # an amount, a SIREN
    r"|(?<=\b\d\d) (?=\d\d\b)"  # a telephone number
    r"|(?<=\d) (?=(?:min|j)\b)"
)
_WHOLE_NUMBERS = re.compile(_NUMBERS)
_TOGETHER = re.compile(
    rf"{_NUMBERS}"
    r"|(?<=\d) (?=h\b)|(?<=\d h) (?=\d\d\b)"
    r"|(?<=\d) (?=(?:heures?|jours?|ans?|mois|salariés|euros)\b)"
    rf"|(?:(?<=\d)|(?<=1er)) (?=(?:{'|'.join(MONTHS)})\b)"
)

_TEXT = re.compile(r"<textarea.*?</textarea>|<(p|pre|dd) class=\"(?:letter|text)\".*?</\1>|<[^>]*>|([^<]+)", re.DOTALL)


def breakable(text: str) -> str:
    """Plain text, which whoever shows it folds as it likes: all its blanks are ordinary, as they are searched for."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def unbreakable(text: str) -> str:
    """A French text whose numbers, dates and signs are not parted by the end of a line."""
    return _TOGETHER.sub("\u00a0", text)


def unbreakable_page(html: str) -> str:
    """A page of ours whose text keeps its numbers whole; what people typed and letters as sent are left as they are."""
    return _TEXT.sub(lambda found: _WHOLE_NUMBERS.sub("\u00a0", found[2]) if found[2] else found[0], html)
