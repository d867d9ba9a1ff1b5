"""Journeys and policies as JSON.

Journeys are decoded by msgspec, in half of pydantic's time at every step and read, and only as far as what is shown
needs; they are written by pydantic, which leaves out what has its default.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from datetime import date, datetime
from typing import Any

import msgspec
from pydantic import TypeAdapter
from pydantic_core import from_json

from domain.accounts import with_one_spelling
from domain.cases import Appointment, Incident, Plan
from domain.policy import Policy
from domain.promises import Commitment
from domain.rules.incidents import with_bounces
from domain.state import CloseReason, Contribution, Journey

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


@dataclass(frozen=True)
class _Cases:
    """What is answered about one journey; its contributions are left as text."""

    siren: str
    organisation: str
    account: str
    opened_on: date
    announced_at: datetime
    headcount: int = 0
    extensions: int = 0
    close_reason: CloseReason | None = None
    contributions: dict[str, msgspec.Raw] = field(default_factory=dict)
    incidents: dict[str, Incident] = field(default_factory=dict)
    plans: dict[str, Plan] = field(default_factory=dict)
    appointments: dict[str, Appointment] = field(default_factory=dict)
    commitments: dict[str, Commitment] = field(default_factory=dict)


_CASES = msgspec.json.Decoder(_Cases)
_CONTRIBUTION = msgspec.json.Decoder(Contribution)
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
    return with_bounces(with_one_spelling(journey))


def load_cases(text: str) -> Journey:
    """A stored journey as far as its answer shows it: its cases, and only the contributions that incidents are about.

    No rule may look at it: what only rules need has its default. It takes a fifth of the time of the whole.
    """
    found = _CASES.decode(text)
    return with_bounces(Journey(**{**vars(found), "contributions": _concerned(found)}))


def _concerned(found: _Cases) -> Mapping[str, Contribution]:
    keys = {it.key for it in found.incidents.values()} & found.contributions.keys()
    return {key: _CONTRIBUTION.decode(found.contributions[key]) for key in keys}


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
