"""Opaque cursors: where the next page begins."""

from __future__ import annotations

import base64
import binascii

from api.problems import Fault, Problem

SEPARATOR = "|"


def encode(*parts: object) -> str:
    """A cursor for these values."""
    return base64.urlsafe_b64encode(SEPARATOR.join(map(str, parts)).encode()).decode().rstrip("=")


def decode(cursor: str, count: int) -> list[str]:
    """The values of a cursor; raises the problem of :func:`refused` when there are not `count` of them."""
    try:
        parts = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True).decode().split(SEPARATOR)
    except (binascii.Error, ValueError):
        raise refused() from None
    if len(parts) != count:
        raise refused()
    return parts


def number(cursor: str) -> int:
    """The one number of a cursor; raises the problem of :func:`refused` when it is not one."""
    [text] = decode(cursor, 1)
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise refused()
    return int(text)


def refused() -> Problem:
    """A cursor that no page of ours gave."""
    fault = Fault("/query/cursor", "not a cursor: use next_cursor as given, or leave it out")
    return Problem(400, "Correct what `errors` names and send it again.", errors=[fault])
