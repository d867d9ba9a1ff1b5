"""Telephone numbers: one spelling for each (E.164), how they are shown, and which of them may receive an SMS.

Numbering plans are those of the library ``phonenumbers``, kept by Google from what regulators publish.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, PhoneNumberType

FRANCE = 33
BLOCKS = {
    "GP": ("590", "690", "691"),
    "MQ": ("596", "696", "697"),
    "GF": ("594", "694"),
    "RE": ("262", "263", "692", "693"),
    "YT": ("269", "639"),
    "PM": (),
}
"""Territories dialled from France as its own numbers and from abroad by a code of theirs.

Their blocks say where a number belongs that the library does not know as assigned yet.
"""

SHORT = "508"
"""Before the six digits of Saint-Pierre-et-Miquelon; its code from abroad as well."""

FICTION = "63998"
"""Kept by Arcep for fiction, in a range that is otherwise Mayotte's."""

_NOT_TEXTED = frozenset(
    {
        PhoneNumberType.FIXED_LINE,
        PhoneNumberType.VOIP,
        PhoneNumberType.TOLL_FREE,
        PhoneNumberType.PREMIUM_RATE,
        PhoneNumberType.SHARED_COST,
        PhoneNumberType.UAN,
        PhoneNumberType.PAGER,
        PhoneNumberType.VOICEMAIL,
    }
)
_PERSONAL = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE, PhoneNumberType.FIXED_LINE_OR_MOBILE})
_E164 = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)


def international(written: str) -> str:
    """``06 39 98 00 01``, ``+33 (0)6.39.98.00.01`` or ``0692/12/34/56`` in E.164, for a reader in France.

    Raises ValueError when it is no telephone number.
    """
    text = _plain(written)
    if re.search(r"[^\W\d_]", text):
        raise ValueError("write one telephone number, in digits")
    number = _parsed(text)
    if number is not None and phonenumbers.is_possible_number(number) and not _is_short(number):
        return phonenumbers.format_number(_at_home(number), PhoneNumberFormat.E164)
    digits = re.sub(r"[\s.()/-]", "", text)
    if not _E164.fullmatch(digits):
        raise ValueError("this is no telephone number: write ten digits, or + and the code of the country")
    return digits


@lru_cache(maxsize=10_000)
def takes_sms(number: str) -> bool:
    """Whether a number in E.164 may receive an SMS: no landline does; where the plan is silent, carriers will say."""
    parsed = _parsed(number)
    if parsed is None:
        return True
    kind = phonenumbers.number_type(parsed)
    if kind == PhoneNumberType.UNKNOWN and parsed.country_code == FRANCE:
        return str(parsed.national_number)[0] in "67"
    return kind not in _NOT_TEXTED


@lru_cache(maxsize=10_000)
def shown(number: str) -> str:
    """A number as French people read it, on one line: ``06 39 98 00 01``, ``+377 93 30 12 34``."""
    parsed = _parsed(number)
    if parsed is None or not phonenumbers.is_possible_number(parsed):
        return number
    digits = phonenumbers.national_significant_number(parsed)
    if len(digits) == 9 and (parsed.country_code == FRANCE or _territory(digits)):
        groups = re.findall("..", f"0{digits}")
    else:
        groups = phonenumbers.format_number(parsed, PhoneNumberFormat.INTERNATIONAL).split()
    return "\u00a0".join(groups)


def _is_short(number: PhoneNumber) -> bool:
    """The zero of a French number was counted as one of its digits: one is missing."""
    return number.country_code == FRANCE and bool(number.italian_leading_zero)


def _plain(written: str) -> str:
    """Without ``tel:``, invisible characters and the zero that is not dialled from abroad; blanks made plain."""
    text = unicodedata.normalize("NFKC", written).strip().removeprefix("tel:")
    kept = (" " if it.isspace() else it for it in text if unicodedata.category(it) != "Cf")
    return re.sub(r"\(\s*0\s*\)", "", "".join(kept))


@lru_cache(maxsize=10_000)
def _parsed(text: str) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(re.sub(r"[-./,_\u2010-\u2015\u2212]", " ", text), "FR")
    except NumberParseException:
        return None


def _at_home(number: PhoneNumber) -> PhoneNumber:
    """A number dialled like those of mainland France, under the code of its territory."""
    if number.country_code != FRANCE:
        return number
    digits = phonenumbers.national_significant_number(number)
    if digits.startswith(SHORT):
        return phonenumbers.parse(f"+{digits}")
    region = _territory(digits)
    return phonenumbers.parse(f"0{digits}", region) if region else number


def _territory(digits: str) -> str | None:
    """The territory of nine digits: where they are assigned, else whose block they are in."""
    if digits.startswith(FICTION):
        return None
    assigned = next((it for it in BLOCKS if _is_assigned(digits, it)), None)
    return assigned or next((it for it, blocks in BLOCKS.items() if digits[:3] in blocks), None)


def _is_assigned(digits: str, region: str) -> bool:
    number = phonenumbers.parse(f"0{digits}", region)
    assigned = phonenumbers.is_valid_number_for_region(number, region)
    return assigned and phonenumbers.number_type(number) in _PERSONAL
