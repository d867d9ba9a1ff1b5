"""Signed links (COM-7): one action, one enterprise, until a date, short enough for an SMS."""

import base64
import binascii
import hashlib
import hmac
import re
import struct
from dataclasses import dataclass
from datetime import UTC, datetime

from domain.messages import Recipient

ACTIONS = {
    1: "confirm",
    2: "preferences",
    3: "extend",
    4: "survey",
    5: "agenda",
    6: "reply",
    7: "slot",
    8: "plan",
    9: "help",
    10: "meetings",
    11: "calendar",
    12: "accountant",
    13: "clients",
}
_NUMBERS = {action: number for number, action in ACTIONS.items()}
_FIELDS = struct.Struct(">BII")
_BOUND, _ACCOUNTANT = 0x80, 0x40
"""Flags beside an action's number: the link says whom it was made for; an accountant."""
_MAC_BYTES = 12

MASK = "…/l/•••"
"""What agents, systems and operators read in the place of a signed link: whoever holds one may act by it."""

_WRITTEN = re.compile(r"(?:https?://[^\s\"'<>()\[\]]*?)?/l/[\w-]{20,}")

CODE_MASK = "••••••"
"""What they read in the place of a code: whoever answers it is taken for the holder of the address (ENR-5)."""

_CODE = re.compile(r"(\bcode(?: pour changer de coordonnées)?[\s\u202f]*:[\s*]*)\d{6}\b", re.IGNORECASE)


def masked(text: str, shown: str = MASK) -> str:
    """The same text, ``shown`` in the place of each signed link, whatever public address it was written with.

    Codes are masked too.
    """
    text = _WRITTEN.sub(lambda _: shown, text) if "/l/" in text else text
    return _CODE.sub(rf"\1{CODE_MASK}", text)


class BadLink(Exception):
    """Not a link of ours, or no longer what we signed."""


class ExpiredLink(Exception):
    """A link of ours whose time is past."""


@dataclass(frozen=True)
class Holder:
    """The person a link is made for: a side of the file, and how often its person had changed by then (COM-10)."""

    side: Recipient
    epoch: int = 0


@dataclass(frozen=True)
class Link:
    """What a link allows, on what, until when, to whom: nobody knows for those made before links were bound."""

    action: str
    siren: str
    subject: str
    expires_at: datetime
    holder: Holder | None


class Links:
    """Makes and reads links; the token is 30 characters and a third more than its subject's bytes."""

    def __init__(self, key: str, public_url: str) -> None:
        self._key, self._public_url = key.encode(), public_url.rstrip("/")

    @property
    def pages(self) -> str:
        """Where the pages that are everybody's begin."""
        return self._public_url

    def url(self, action: str, siren: str, expires_at: datetime, subject: str = "", *, holder: Holder | None) -> str:
        """The link in full; raises KeyError for an action that is not in ACTIONS."""
        place = _NUMBERS[action] | _flags(holder), int(siren), int(expires_at.timestamp())
        fields = _FIELDS.pack(*place) + (_varint(holder.epoch) if holder else b"") + subject.encode()
        return f"{self._public_url}/l/{_encode(fields + self._mac(fields))}"

    def code(self, siren: str, *about: str) -> str:
        """Six digits that only we can tell, the same for the same things (ENR-5)."""
        said = "\n".join((siren, *about)).encode()
        return f"{int.from_bytes(hmac.digest(self._key, b'parcours.code' + said, hashlib.sha256)[:8]) % 10**6:06}"

    def read(self, token: str, now: datetime) -> Link:
        """What a token allows; raises BadLink, or ExpiredLink once its time is past."""
        link = _link(self._verified(token))
        if now >= link.expires_at:
            raise ExpiredLink
        return link

    def _verified(self, token: str) -> bytes:
        raw = _decode(token)
        fields, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
        if not hmac.compare_digest(self._mac(fields), mac):
            raise BadLink
        return fields

    def _mac(self, fields: bytes) -> bytes:
        return hmac.digest(self._key, b"parcours.link" + fields, hashlib.sha256)[:_MAC_BYTES]


def _link(fields: bytes) -> Link:
    flagged, siren, expires = _FIELDS.unpack_from(fields)
    holder, subject = _holder(flagged, fields[_FIELDS.size :])
    action = ACTIONS[flagged & ~(_BOUND | _ACCOUNTANT)]
    return Link(action, f"{siren:09}", subject.decode(), datetime.fromtimestamp(expires, UTC), holder)


def _flags(holder: Holder | None) -> int:
    if holder is None:
        return 0
    return _BOUND | (_ACCOUNTANT if holder.side is Recipient.ACCOUNTANT else 0)


def _holder(flagged: int, rest: bytes) -> tuple[Holder | None, bytes]:
    """The holder, and the subject behind."""
    if not flagged & _BOUND:
        return None, rest
    size = next(rank for rank, byte in enumerate(rest, 1) if byte < _MORE)
    side = Recipient.ACCOUNTANT if flagged & _ACCOUNTANT else Recipient.ENTERPRISE
    epoch = sum((byte % _MORE) << (7 * rank) for rank, byte in enumerate(rest[:size]))
    return Holder(side, epoch), rest[size:]


_MORE = 0x80


def _varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first: one byte for the persons of any ordinary file."""
    low, rest = number % _MORE, number // _MORE
    return bytes([low | _MORE]) + _varint(rest) if rest else bytes([low])


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(token: str) -> bytes:
    try:
        raw = base64.urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
    except (UnicodeEncodeError, binascii.Error):
        raise BadLink from None
    # Base64 has several spellings of the same bytes: only ours is a link.
    if not hmac.compare_digest(_encode(raw), token):
        raise BadLink
    return raw
