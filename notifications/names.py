"""Names as letters show them: one that holds an address is no link, whatever a mail program makes of it."""

from __future__ import annotations

import re

from domain.state import Channel

_ADDRESS = re.compile(
    r"(?:[a-z][a-z0-9+.-]*://|www\.)\S+|\S+@\S+|(?<![\w.])(?:[\w-]+\.)+[^\W\d_]{2,}(?!\w)\S*", re.IGNORECASE
)
_SIGN = re.compile(r"://|[.@:/]")
WORD_JOINER = "\u2060"
"""Takes no room and is no part of an address (Unicode 23.2); SMS have none, a blank parts the address there."""


def unlinked(name: str, channel: Channel) -> str:
    """The same name to a reader; its signs parted where it would be read as an address."""
    parting = " " if channel == Channel.SMS else WORD_JOINER
    return _ADDRESS.sub(lambda found: _SIGN.sub(lambda sign: sign[0] + parting, found[0]), name)
