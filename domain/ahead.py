"""INC-13: a state that an earlier version stored may still believe a clock ahead; it is brought back to the receipt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from domain.cases import Incident
from domain.payments import Bounce, Payment
from domain.state import Contribution, Journey

Receipts = Mapping[str, datetime]
"""When each event whose ``time`` was later was received, by its id."""


def speaks_ahead(journey: Journey, now: datetime) -> bool:
    """Whether something in the state happened after ``now``, the clock of the journey."""
    return any(at > now for at in _instants(journey))


def _instants(journey: Journey) -> Iterator[datetime]:
    yield from (at for at, _ in journey.as_of.values())
    for known in journey.contributions.values():
        yield from (it.at for it in known.payments)
        yield from (it.at for it in known.bounces)
    for incident in journey.incidents.values():
        yield incident.detected_at
        yield from (it.at for it in incident.served)


def brought_back(journey: Journey, receipts: Receipts) -> Journey:
    """The same journey, what those events said brought back to when they were received."""
    return journey.but(
        as_of={slot: (_earliest(at, event, receipts), event) for slot, (at, event) in journey.as_of.items()},
        contributions={key: _contribution(it, receipts) for key, it in journey.contributions.items()},
        incidents={key: _incident(it, receipts) for key, it in journey.incidents.items()},
    )


def _earliest(at: datetime, event: str | None, receipts: Receipts) -> datetime:
    return min(at, receipts.get(event or "", at))


def _contribution(known: Contribution, receipts: Receipts) -> Contribution:
    payments = sorted((_received(it, receipts) for it in known.payments), key=lambda it: (it.at, it.event_id))
    bounces = sorted((_rejected(it, receipts) for it in known.bounces), key=lambda it: (it.at, it.event_id))
    return replace(known, payments=tuple(payments), bounces=tuple(bounces))


def _received(payment: Payment, receipts: Receipts) -> Payment:
    return replace(payment, at=_earliest(payment.at, payment.event_id, receipts))


def _rejected(bounce: Bounce, receipts: Receipts) -> Bounce:
    return replace(bounce, at=_earliest(bounce.at, bounce.event_id, receipts))


def _incident(known: Incident, receipts: Receipts) -> Incident:
    detected_at = _earliest(known.detected_at, known.event_id, receipts)
    served = (replace(it, at=_earliest(it.at, it.event_id, receipts)) for it in known.served)
    opened_at = min(known.opened_at, detected_at)
    return replace(known, opened_at=opened_at, detected_at=detected_at, served=tuple(served))
