"""Journeys and policies as JSON.

Journeys are decoded by msgspec, in half of pydantic's time at every step and read; they are written by pydantic,
which leaves out what has its default.
"""

from __future__ import annotations

from dataclasses import MISSING, dataclass, fields
from typing import Any

import msgspec
from pydantic import TypeAdapter
from pydantic_core import from_json

from domain.policy import Policy
from domain.rules.incidents import with_bounces
from domain.state import CloseReason, Journey

_JOURNEY = TypeAdapter(Journey)
_DECODER = msgspec.json.Decoder(Journey)
_DEFAULTS = {it.name: it.default for it in fields(Journey) if it.default is not MISSING}
_POLICY = TypeAdapter(Policy)
_ANY: TypeAdapter[Any] = TypeAdapter(Any)


@dataclass(frozen=True)
class Glimpse:
    """What a line of a list says of a state; the rest of it is not decoded."""

    extensions: int = 0
    headcount: int = 0
    close_reason: CloseReason | None = None


_GLIMPSE = TypeAdapter(Glimpse)
AFTER_HEAD = ',"contributions":'
"""What stands in a state behind all that a glimpse shows; a state without any is its own head."""


def load_glimpse(head: str) -> Glimpse:
    """A little of a journey, from the beginning of its state cut before ``AFTER_HEAD``."""
    return _GLIMPSE.validate_python(from_json(head, allow_partial=True))


def load_journey(text: str) -> Journey:
    """A journey as stored; fields added since then take their default."""
    journey = _DECODER.decode(text)
    # msgspec leaves defaults to the class; rules tell what changed by what two journeys hold themselves.
    vars(journey).update({**_DEFAULTS, **vars(journey)})
    return with_bounces(journey)


def dump_journey(journey: Journey) -> str:
    """The JSON of a journey: no personal data stands in it."""
    return _JOURNEY.dump_json(journey, exclude_defaults=True).decode()


def load_policy(body: dict[str, Any]) -> Policy:
    """A policy as stored."""
    return _POLICY.validate_python(body)


def dump_policy(policy: Policy) -> dict[str, Any]:
    """A policy as JSON values."""
    return _POLICY.dump_python(policy, mode="json")  # type: ignore[no-any-return]


def jsonable(value: Any) -> Any:
    """Dates and decimals as JSON values."""
    return _ANY.dump_python(value, mode="json")
