"""Events to the inbox: checked, each to its own organisation, stored in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from api.auth import Caller
from api.events.cloudevents import Incoming
from api.events.envelope import CloudEvent, Invalid, check
from api.problems import Fault, Problem, pointer
from api.services import Services
from config.tracing import traceparent
from db.events import NewEvent, store
from db.portfolio import Place, places


@dataclass(frozen=True)
class Rejected:
    """An event not taken; `id` is its own, when it has a readable one."""

    index: int
    id: str | None
    faults: list[Fault]
    forbidden: bool = False


@dataclass(frozen=True)
class Outcome:
    """What became of the events of one request."""

    accepted: int
    duplicates: int
    rejected: list[Rejected]


def check_all(events: Sequence[Any]) -> tuple[dict[int, CloudEvent], list[Rejected]]:
    """The good events by their index, and the others."""
    good: dict[int, CloudEvent] = {}
    rejected: list[Rejected] = []
    for index, raw in enumerate(events):
        try:
            good[index] = check(raw)
        except Invalid as invalid:
            rejected.append(Rejected(index, _id_of(raw), invalid.faults))
    return good, rejected


def _id_of(raw: Any) -> str | None:
    identity = raw.get("id") if isinstance(raw, dict) else None
    return identity if isinstance(identity, str) and identity.isprintable() and len(identity) <= 200 else None


async def keep(services: Services, caller: Caller, good: dict[int, CloudEvent], rejected: list[Rejected]) -> Outcome:
    """Store what may be stored; the answer to the sender is true once this returns."""
    if not good:
        return Outcome(0, 0, rejected)
    async with services.engine.begin() as connection:
        known = await places(connection, {event.subject for event in good.values()})
        own, foreign = _sorted_out(services, caller, good, known)
        accepted = await store(connection, own)
    return Outcome(accepted, len(own) - accepted, sorted(rejected + foreign, key=lambda it: it.index))


def _sorted_out(
    services: Services, caller: Caller, good: dict[int, CloudEvent], known: Mapping[str, Place]
) -> tuple[list[NewEvent], list[Rejected]]:
    own: list[NewEvent] = []
    foreign: list[Rejected] = []
    now, trace = datetime.now(UTC), traceparent()
    for index, event in good.items():
        place = known.get(event.subject)
        fault, forbidden = _objection(event, caller, place, services)
        if fault:
            foreign.append(Rejected(index, event.id, [fault], forbidden))
        else:
            own.append(_new(event, caller, now + (place.ahead if place else timedelta()), trace))
    return own, foreign


def _objection(event: CloudEvent, caller: Caller, place: Place | None, services: Services) -> tuple[Fault | None, bool]:
    for name in ("organisation", "to_organisation"):
        if event.data.get(name, caller.organisation) not in services.policies:
            return Fault(f"/data/{name}", "not a known organisation: it has no policy"), False
    if event.data.get("organisation", caller.organisation) != caller.organisation:
        return Fault("/data/organisation", "another organisation: use its own token"), True
    if place and place.organisation != caller.organisation:
        return Fault("/subject", "this enterprise belongs to another organisation: use its own token"), True
    return None, False


def _new(event: CloudEvent, caller: Caller, now: datetime, trace: str | None) -> NewEvent:
    return NewEvent(
        source=event.source,
        id=event.id,
        type=event.type,
        siren=event.subject,
        organisation=caller.organisation,
        time=event.time or now,
        data=event.data,
        trace=trace,
    )


def refuse_when_none_is_good(incoming: Incoming, outcome: Outcome) -> None:
    """Raises 403 for a lone event of another organisation, 400 when no event of the request is good."""
    if not outcome.rejected or len(outcome.rejected) < len(incoming.events):
        return
    faults = [_located(incoming, it, fault) for it in outcome.rejected for fault in it.faults]
    if not incoming.batch and outcome.rejected[0].forbidden:
        raise Problem(403, "This event is about another organisation's enterprise.", errors=faults)
    raise Problem(400, "No event could be taken: correct what `errors` names and send again.", errors=faults)


def _located(incoming: Incoming, rejected: Rejected, fault: Fault) -> Fault:
    return Fault(pointer(rejected.index) + fault.pointer, fault.detail) if incoming.batch else fault
