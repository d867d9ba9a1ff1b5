"""The limits of an SMS: its alphabet, its length, its sender. Source: 3GPP TS 23.038 and the AF2M's rules."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from itertools import accumulate
from typing import Literal

from anyascii import anyascii
from gsm0338 import Codec

Encoding = Literal["GSM-7", "UCS-2"]

_GSM = Codec()
_OURS = str.maketrans(
    {
        **dict.fromkeys("«»“”„‟″", '"'),
        **dict.fromkeys("‹›‘’‚‛′ʻ`´", "'"),
        **dict.fromkeys("•‣◦", "-"),
        "Œ": "OE",
        "·": ".",
        "°": "o",
        "×": "x",
        "→": "->",
        "\x1b": "",
        "\f": "\n",
    }
)
"""Where French reads better than the library that knows every other character."""

_AFTER_DIGIT = re.compile(r"(?<=\d)(?=[^\W\d])")
_ALPHANUMERIC = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9]{1,11}", re.ASCII)
_E164 = re.compile(r"\+[1-9][0-9]{7,14}", re.ASCII)
_FRENCH_MOBILE = ("+336", "+337")
# fmt: off
_GENERIC = frozenset(
    {
        "ALERTE", "ALERT", "BANQUE", "CLIENT", "COLIS", "CONTACT", "ENTREPRISE", "INFO", "INFOS", "INFOSMS",
        "LIVRAISON", "MESSAGE", "NEWS", "NOTIF", "NOTICE", "PROMO", "RAPPEL", "RDV", "SECURITE", "SERVICE",
        "SERVICES", "SMS", "SUPPORT", "TEST", "URGENT", "VERIFY",
    }
)
# fmt: on


def segments(text: str) -> tuple[Encoding, int]:
    """The encoding a text needs and the parts it is billed: 160 then 153 septets, or 70 then 67 UTF-16 units."""
    try:
        widths = [len(_GSM.encode(character)[0]) for character in text]
    except UnicodeEncodeError:
        return "UCS-2", _parts([len(character.encode("utf-16-le")) // 2 for character in text], 70, 67)
    return "GSM-7", _parts(widths, 160, 153)


def _parts(widths: Iterable[int], alone: int, joined: int) -> int:
    """How many parts, an escape or a surrogate pair never being cut in two."""
    widths = list(widths)
    if sum(widths) <= alone:
        return 1
    parts, room = 1, joined
    for width in widths:
        if width > room:
            parts, room = parts + 1, joined
        room -= width
    return parts


def gsm_safe(text: str) -> str:
    """The same text in the GSM-7 alphabet: each other character is replaced by what reads nearest, or left out.

    `12½` becomes `12 1/2`; pictures go; no letter becomes a sign that means another thing.
    """
    apart = _AFTER_DIGIT.sub(_apart, unicodedata.normalize("NFC", text))
    return "".join(map(_nearest, apart.translate(_OURS)))


def _apart(between: re.Match[str]) -> str:
    """A number written in one sign is not read into the digits before it."""
    return " " if unicodedata.category(between.string[between.end()]) == "No" else ""


@lru_cache(maxsize=10_000)
def _nearest(character: str) -> str:
    if _in_gsm(character):
        return character
    if character.isspace():
        return " "
    read = anyascii(character)
    # A picture is read as its name between colons.
    return "" if read.startswith(":") else "".join(it for it in read.translate(_OURS) if _in_gsm(it))


def take(text: str, septets: int) -> str:
    """The longest beginning of a GSM-7 text that fits in so many septets: `€` and `[` count for two."""
    widths = accumulate(len(_GSM.encode(character)[0]) for character in text)
    return text[: sum(width <= septets for width in widths)]


def _in_gsm(character: str) -> bool:
    try:
        _GSM.encode(character)
    except UnicodeEncodeError:
        return False
    return True


def valid_sender(name: str) -> bool:
    """Whether French carriers take this sender: at most 11 letters or digits, not generic, or a non-mobile number."""
    if _E164.fullmatch(name):
        return not name.startswith(_FRENCH_MOBILE)
    return bool(_ALPHANUMERIC.fullmatch(name)) and name.upper() not in _GENERIC
