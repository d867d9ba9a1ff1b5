"""Events to the inbox: checked, each to its own organisation, stored by one statement."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy.ext.asyncio import AsyncEngine

from api.events.cloudevents import Incoming
from api.events.envelope import CloudEvent, Invalid, check
from api.problems import Fault, Problem, pointer
from config.tracing import traceparent
from db.events import Identity, NewEvent, identity_of, repeated, store
from db.grouping import Grouped
from db.portfolio import Place, places
from domain.texts import Unreadable, checked

if TYPE_CHECKING:
    from api.auth import Caller


LONGEST_ID = 200
OPENING = "account.opened"
"""Kept whoever follows the enterprise: both supervisors are asked whose it is (ENR-7)."""

SMALL = 50
"""A request of more events is a transaction of its own: the others do not wait for it."""


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
    if not isinstance(identity, str) or len(identity) > LONGEST_ID:
        return None
    try:
        return checked(identity)
    except Unreadable:
        return None


@dataclass(frozen=True)
class Delivery:
    """The good events of one request, by their index; ``trace`` is its W3C traceparent when it is traced."""

    caller: Caller
    good: Mapping[int, CloudEvent]
    rejected: list[Rejected]
    trace: str | None


class Inbox:
    """Keeps events; small requests share a transaction with those that come at the same moment."""

    def __init__(self, engine: AsyncEngine, policies: Collection[str]) -> None:
        # One statement stores them all, and is its own transaction: a BEGIN and a COMMIT would be two exchanges more.
        self._engine, self._policies = engine.execution_options(isolation_level="AUTOCOMMIT"), policies
        self._together = Grouped(self._store)

    async def keep(self, caller: Caller, good: Mapping[int, CloudEvent], rejected: list[Rejected]) -> Outcome:
        """Store what may be stored; the answer to the sender is true once this returns."""
        if not good:
            return Outcome(0, 0, rejected)
        delivery = Delivery(caller, good, rejected, traceparent())
        if len(good) > SMALL:
            return (await self._store([delivery]))[0]
        return await self._together.carry_out(delivery)

    async def _store(self, deliveries: Sequence[Delivery]) -> list[Outcome]:
        sirens = {event.subject for delivery in deliveries for event in delivery.good.values()}
        async with self._engine.connect() as connection:
            known = await places(connection, sirens)
            told = await repeated(connection, [it for delivery in deliveries for it in _out_of_reach(delivery, known)])
            sorted_out = [_sorted_out(delivery, known, told, self._policies) for delivery in deliveries]
            fresh = await store(connection, [event for own, _ in sorted_out for event in own])
        return [
            _outcome(delivery, own, foreign, fresh)
            for delivery, (own, foreign) in zip(deliveries, sorted_out, strict=True)
        ]


def _outcome(delivery: Delivery, own: list[NewEvent], foreign: list[Rejected], fresh: set[Identity]) -> Outcome:
    """An event that several brought at once is new to the first: what is counted leaves ``fresh``."""
    accepted = {identity_of(event) for event in own} & fresh
    fresh -= accepted
    rejected = sorted(delivery.rejected + foreign, key=lambda it: it.index)
    return Outcome(len(accepted), len(own) - len(accepted), rejected)


def _out_of_reach(delivery: Delivery, known: Mapping[str, Place]) -> list[Identity]:
    """Events about enterprises of others: repeated ones were told before a transfer (EXT-5)."""
    caller, good = delivery.caller, delivery.good.values()
    return [_identity(it, caller) for it in good if _belongs_to_others(known.get(it.subject), caller)]


def _belongs_to_others(place: Place | None, caller: Caller) -> bool:
    return place is not None and place.organisation != caller.organisation


def _identity(event: CloudEvent, caller: Caller) -> Identity:
    return caller.organisation, event.source, event.id


def _sorted_out(
    delivery: Delivery, known: Mapping[str, Place], told: Collection[Identity], policies: Collection[str]
) -> tuple[list[NewEvent], list[Rejected]]:
    own: list[NewEvent] = []
    foreign: list[Rejected] = []
    now = datetime.now(UTC)
    for index, event in delivery.good.items():
        place = known.get(event.subject)
        fault, forbidden = _objection(event, delivery.caller, place, policies)
        if fault and _identity(event, delivery.caller) not in told:
            foreign.append(Rejected(index, event.id, [fault], forbidden))
        else:
            own.append(_new(event, delivery, now + (place.ahead if place else timedelta())))
    return own, foreign


def _objection(
    event: CloudEvent, caller: Caller, place: Place | None, policies: Collection[str]
) -> tuple[Fault | None, bool]:
    for name in ("organisation", "to_organisation"):
        if event.data.get(name, caller.organisation) not in policies:
            return Fault(f"/data/{name}", "not a known organisation: it has no policy"), False
    if event.data.get("organisation", caller.organisation) != caller.organisation:
        return Fault("/data/organisation", "another organisation: use its own token"), True
    if _belongs_to_others(place, caller) and event.type != OPENING:
        return Fault("/subject", "this enterprise belongs to another organisation: use its own token"), True
    return None, False


def _new(event: CloudEvent, delivery: Delivery, now: datetime) -> NewEvent:
    return NewEvent(
        source=event.source,
        id=event.id,
        type=event.type,
        siren=event.subject,
        organisation=delivery.caller.organisation,
        time=event.time or now,
        data=event.data,
        trace=delivery.trace,
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
