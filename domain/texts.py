"""Text of the world: what is accepted at any door can always be read back, and what was once stored is always read.

Refused are control characters (Unicode category Cc) and lone surrogates, nothing else: French blanks, joiners, soft
hyphens and emoji are text. Errors say what to do and never repeat what was written.
"""

from __future__ import annotations

import re
import unicodedata

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
CONTROL_IN_LINES = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
"""All of them but the tab and the two characters that end lines."""

SURROGATE = re.compile("[\ud800-\udfff]")
LINE_END = re.compile(r"\r\n?")
BLANK = re.compile(r"[\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]")
"""Every blank of Unicode (Zs, Zl, Zp) but the ordinary one."""

_UNSEEN = frozenset({"Cf", "Zs", "Zl", "Zp", "Cc"})
_ATOM = r"[^\s()<>\[\]:;@\\,.\"]+"
_LABEL = r"[^\W_](?:[\w-]*[^\W_])?"
_MAIL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+{_LABEL}")
_WRAPPED = re.compile(r"<(?P<inside>[^<>]*)>")
_BEFORE, _AFTER = " ,;", " ,;."
LONGEST_MAIL = 254


class Unreadable(ValueError):
    """Text that could not be read back."""


def checked(text: str) -> str:
    """The text of an identifier, as it is. Raises :class:`Unreadable`."""
    if not (text.isascii() and text.isprintable()):
        _refuse(CONTROL, text)
    return text


def one_line(text: str) -> str:
    """Composed (NFC), trimmed, its blanks made ordinary. Raises :class:`Unreadable`."""
    text = text.strip()
    return text if text.isascii() and text.isprintable() else _composed_line(checked(text))


def lines(text: str) -> str:
    """Composed (NFC), trimmed, its lines ended by LF; tabs and blanks stay. Raises :class:`Unreadable`."""
    text = text.strip()
    _refuse(CONTROL_IN_LINES, text)
    return unicodedata.normalize("NFC", LINE_END.sub("\n", text))


def mended_line(text: str) -> str:
    """What is left of a stored line once control characters are blanks: reading refuses nothing."""
    return " ".join(_composed_line(SURROGATE.sub("", CONTROL.sub(" ", text))).split())


def mended_lines(text: str) -> str:
    """What is left of lines typed by hand once the control characters that a paste brings are gone."""
    return lines(SURROGATE.sub("", CONTROL_IN_LINES.sub("", text)))


def is_seen(text: str) -> bool:
    """Whether there is anything to read."""
    return any(unicodedata.category(character) not in _UNSEEN for character in text)


def without_blanks(text: str) -> str:
    """An identifier as it is compared: no blank of any kind, nothing unseen."""
    if text.isascii():
        return text.replace(" ", "")
    return "".join(it for it in text if unicodedata.category(it) not in {"Cf", "Zs", "Zl", "Zp"})


def mail_address(text: str) -> str:
    """One mail address, without what copying it may bring: blanks, angle brackets, ``mailto:``, a last comma.

    Raises :class:`Unreadable`, ValueError.
    """
    bare = _seen(one_line(text)).lstrip(_BEFORE).rstrip(_AFTER)
    if whole := _WRAPPED.fullmatch(bare):
        bare = whole["inside"].lstrip(_BEFORE).rstrip(_AFTER)
    if bare[:7].lower() == "mailto:":
        bare = bare[7:].lstrip(_BEFORE).rstrip(_AFTER)
    if len(bare) > LONGEST_MAIL or not _MAIL.fullmatch(bare):
        raise ValueError("not a mail address: write one address as name@example.fr, without anything around it")
    return bare


def _seen(text: str) -> str:
    return text if text.isascii() else "".join(it for it in text if unicodedata.category(it) != "Cf")


def _composed_line(text: str) -> str:
    return unicodedata.normalize("NFC", BLANK.sub(" ", text)).strip()


def _refuse(unwanted: re.Pattern[str], text: str) -> None:
    if unwanted.search(text):
        raise Unreadable("control characters are not allowed: send printable text")
    if SURROGATE.search(text):
        raise Unreadable("half of a surrogate pair is no character: send Unicode text")


_ROOM = re.compile(r"https://[A-Za-z0-9][A-Za-z0-9.-]*\.[A-Za-z]{2,}(:[0-9]{1,5})?(/[A-Za-z0-9/?&=._~%#+!$*,;@-]*)?")
"""What a mail and a calendar carry unchanged: no blank, quote, bracket nor name before the host."""


def room_address(written: str) -> str:
    """The whole address of a room for video; raises ValueError."""
    if not _ROOM.fullmatch(written):
        raise ValueError("write the whole address of the meeting room, which begins with https://")
    return written
