"""The limits of an SMS: its alphabet, its length, its sender. Source: 3GPP TS 23.038 and the AF2M's rules."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Literal

from gsm0338 import Codec

Encoding = Literal["GSM-7", "UCS-2"]

_GSM = Codec()
_NEAREST = str.maketrans(
    {
        "œ": "oe",
        "Œ": "OE",
        "‘": "'",
        "’": "'",
        "“": '"',
        "”": '"',
        "«": '"',
        "»": '"',
        "‐": "-",
        "‑": "-",
        "–": "-",
        "—": "-",
        "−": "-",
        "•": "-",
        "…": "...",
        "°": "o",
        "ł": "l",
        "Ł": "L",
        "đ": "d",
        "Đ": "D",
        "\x1b": "",
        "\f": "\n",
        "`": "'",
        "´": "'",
    }
)
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
    """The same text in the GSM-7 alphabet, each other character replaced by its nearest, or by `?`."""
    return "".join(_nearest(unicodedata.normalize("NFC", text).translate(_NEAREST)))


def _nearest(text: str) -> Iterator[str]:
    for character in text:
        yield character if _in_gsm(character) else _stripped(character)


def _stripped(character: str) -> str:
    if character.isspace():
        return " "
    if unicodedata.category(character) in {"Cf", "Mn", "Cc"}:
        return ""
    decomposed = unicodedata.normalize("NFKD", character)
    return "".join(part for part in decomposed if _in_gsm(part)) or "?"


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
