"""Facts enter the state of a journey, under its lock; its workflow is woken only when something is owed sooner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from activities.committing import task_ends, task_returns
from activities.inbound import EVENT_TYPES, Envelope, fact_of, read_data
from activities.inbound.internal import ContactCorrected
from activities.inbound.schemas import AccountantAppointed, AccountantDismissed, AccountOpened, Contact, ContactChanged
from activities.projecting import project
from activities.unapplied import NoPolicy, is_of_an_event, reason_of
from db import enterprises, events, journeys, records, worklist
from db.claims import Claim, open_claim
from db.journeys import Stored
from db.records import Entry
from db.retention.erasing import REFUSED
from domain import facts
from domain.absorption import absorb
from domain.accounts import as_known
from domain.ahead import brought_back, speaks_ahead
from domain.effects import Effect
from domain.facts import Fact
from domain.rulebook import Rulebook
from domain.rules.enrolment import begun_elsewhere, candidate, refusal
from domain.rules.term import shown_end
from domain.state import Journey, Phase
from domain.step import next_wake
from domain.tasks import tidied

log = structlog.stdlib.get_logger("parcours.relay")

ANY_ORGANISATION = "*"
OF_ITS_AGENTS = ("referent.leaving", "agents.available")
"""What an organisation says of its own agents is nothing to a journey that left it."""
OPENING = "account.opened"
TRANSFERRED = "EXT-5:transfer:"
CLAIM_DAYS = 2
"""Working days to say whose an enterprise is."""


async def absorb_pending(connection: AsyncConnection, rulebook: Rulebook, siren: str) -> int:
    """Apply the events of one enterprise in the order they came; return how many were looked at.

    One that cannot be applied, whatever is the matter with it, is set aside alone and the others go on. What passes by
    itself, or no event can help, raises and leaves all of them as they were.
    """
    await events.lock(connection, siren)
    looked_at, rows = 0, await events.pending(connection, siren)
    while rows:
        looked_at += len(rows)
        begun = await _apply_together(connection, rulebook, siren, rows)
        rows = await events.pending(connection, siren) if begun else ()
    return looked_at


async def catch_up(connection: AsyncConnection, rulebook: Rulebook, siren: str) -> None:
    """Apply what is stored and not yet applied: what is known counts, whether the relay runs or not (REM-6)."""
    await absorb_pending(connection, rulebook, siren)


async def _apply_together(
    connection: AsyncConnection, rulebook: Rulebook, siren: str, rows: Sequence[Row[Any]]
) -> bool:
    """Apply events at once, or one by one when that fails; whether a journey was begun, and more is to be applied."""
    try:
        async with connection.begin_nested():
            return await _apply(connection, rulebook, siren, rows)
    except Exception as error:
        if not is_of_an_event(error):
            raise
    await _check_journey(connection, rulebook, siren)
    return any([await _apply_or_set_aside(connection, rulebook, siren, row) for row in rows])


async def _apply_or_set_aside(connection: AsyncConnection, rulebook: Rulebook, siren: str, row: Row[Any]) -> bool:
    try:
        async with connection.begin_nested():
            return await _apply(connection, rulebook, siren, [row])
    except Exception as error:
        if not is_of_an_event(error):
            raise
        reason = reason_of(error)
    log.error("an event is set aside", siren=siren, number=row.seq, reason=reason)
    await events.set_aside(connection, row.seq, reason)
    return False


async def _check_journey(connection: AsyncConnection, rulebook: Rulebook, siren: str) -> None:
    """Raise what the journey's own state raises: no event is to blame for that."""
    stored = await journeys.lock(connection, siren)
    if stored:
        _end(stored.journey, rulebook)
        _owed_sooner(stored.journey, stored, rulebook)


async def _apply(connection: AsyncConnection, rulebook: Rulebook, siren: str, rows: Sequence[Row[Any]]) -> bool:
    stored = await journeys.lock(connection, siren)
    if stored is None:
        return await _begin(connection, rulebook, siren, rows)
    if stored.erased:
        await events.forget(connection, [row.seq for row in rows], REFUSED)
        return False
    stored = await _brought_back(connection, stored)
    if stored.journey.phase is Phase.CANDIDATE and await _begin_elsewhere(connection, rulebook, stored, rows):
        return True
    mine, others = await _by_organisation(connection, rows, stored.journey)
    if others:
        await events.settle(connection, others, "refused", events.ELSEWHERE)
        await _claim(connection, rulebook, stored, [row for row in rows if row.seq in others])
    if mine:
        envelopes = [envelope(row, stored.ahead) for row in mine]
        journey = await absorb_facts(connection, rulebook, stored, [fact_of(event) for event in envelopes])
        await _describe(connection, journey, envelopes)
        await events.settle(connection, [row.seq for row in mine], "applied")
    return False


async def _begin(connection: AsyncConnection, rulebook: Rulebook, siren: str, rows: Sequence[Row[Any]]) -> bool:
    """No account is known yet: the first opening creates the journey, the rest waits for it (ENR-2)."""
    opening = next((row for row in rows if row.type == OPENING), None)
    if opening is None:
        await events.settle(connection, [row.seq for row in rows], "waiting", "waits for the account.opened event")
        return False
    fact = fact_of(envelope(opening))
    if not isinstance(fact, facts.AccountOpened):
        raise TypeError("an opening is an AccountOpened")
    if fact.organisation not in rulebook.current:
        raise NoPolicy(fact.organisation)
    journey = candidate(fact)
    await journeys.create(connection, journey, _end(journey, rulebook))
    await events.release_waiting(connection, siren)
    return True


async def _begin_elsewhere(
    connection: AsyncConnection, rulebook: Rulebook, stored: Stored, rows: Sequence[Row[Any]]
) -> bool:
    """Nobody follows an enterprise that did not enrol: an account that does starts its journey (ENR-7)."""
    known = stored.journey
    for row in rows:
        fact = fact_of(envelope(row, stored.ahead)) if row.type == OPENING else None
        if not isinstance(fact, facts.AccountOpened) or fact.organisation not in rulebook.current:
            continue
        journey = begun_elsewhere(known, fact)
        enrols = refusal(journey, rulebook.world(journey, stored.clock)) is None
        if row.organisation == fact.organisation != known.organisation and enrols and _does_not_enrol(stored, rulebook):
            await journeys.save(connection, stored, journey, ends_on=_end(journey, rulebook))
            await _ask(connection, rulebook, replace(stored, journey=journey), known.organisation, row.id)
            return True
    return False


def _does_not_enrol(stored: Stored, rulebook: Rulebook) -> bool:
    return refusal(stored.journey, rulebook.world(stored.journey, stored.clock)) is not None


async def _by_organisation(
    connection: AsyncConnection, rows: Sequence[Row[Any]], journey: Journey
) -> tuple[list[Row[Any]], list[int]]:
    """Events of who follows the journey, or followed it when they were taken at the door (EXT-5); the others."""
    own = {journey.organisation, ANY_ORGANISATION}
    others = [it for it in rows if it.organisation not in own]
    former = await events.heard(connection, journey.siren) if others else set()
    refused = {it.seq for it in others if it.organisation not in former or _has_no_say(it, journey)}
    return [it for it in rows if it.seq not in refused], sorted(refused)


async def _claim(connection: AsyncConnection, rulebook: Rulebook, stored: Stored, others: Sequence[Row[Any]]) -> None:
    """An account that another organisation opened is its claim to the enterprise (ENR-7)."""
    for row in others:
        if row.type == OPENING:
            await _ask(connection, rulebook, stored, row.organisation, row.id)


async def _ask(connection: AsyncConnection, rulebook: Rulebook, stored: Stored, other: str, event_id: str) -> None:
    """Both supervisors whose the enterprise is."""
    journey, now = stored.journey, stored.clock
    calendar = rulebook.current[journey.organisation].calendar
    due_at = calendar.at(calendar.add_working_days(calendar.day_of(now), CLAIM_DAYS), calendar.closes)
    names = {name: it.name for name, it in rulebook.current.items()}
    followed = journey.phase is not Phase.CANDIDATE or not _does_not_enrol(stored, rulebook)
    claim = Claim(journey.siren, journey.organisation, other, names, event_id, followed=followed)
    await open_claim(connection, claim, now, due_at)


def _has_no_say(event: Row[Any], journey: Journey) -> bool:
    """What a former organisation says in vain: of its agents, an account of its own, a task ended too late."""
    left_at = max((at for key, at in journey.done.items() if key.startswith(TRANSFERRED)), default=None)
    ended_late = event.type == "task.done" and left_at is not None and event.time >= left_at
    return event.type in (*OF_ITS_AGENTS, OPENING) or ended_late


async def _brought_back(connection: AsyncConnection, stored: Stored) -> Stored:
    """A state in which a clock ahead was believed, by a version that did not know better (INC-13)."""
    if not speaks_ahead(stored.journey, stored.clock):
        return stored
    receipts = await events.told_ahead(connection, stored.journey.siren)
    told = {event: received_at + stored.ahead for event, received_at in receipts.items()}
    return replace(stored, journey=brought_back(stored.journey, told))


def envelope(row: Row[Any], ahead: timedelta = timedelta()) -> Envelope:
    """A stored event. What others told happened when it was received at the latest (INC-13), on the journey's clock.

    ``ahead``: how far that clock is ahead of the wall's.
    """
    happened = min(row.time, row.received_at + ahead) if row.type in EVENT_TYPES else row.time
    return Envelope(row.id, row.type, row.siren, happened, row.received_at, row.data)


async def absorb_facts(
    connection: AsyncConnection, rulebook: Rulebook, stored: Stored, news: Sequence[Fact]
) -> Journey:
    """Write what facts change in a locked journey, with their lines in the timeline; nothing in one that was erased."""
    if stored.erased:
        return stored.journey
    journey, lines = fold(stored.journey, news)
    extra: dict[str, Any] = {"ends_on": _end(journey, rulebook)}
    if _owed_sooner(journey, stored, rulebook):
        extra["nudge"] = stored.nudge + 1
    await journeys.save(connection, stored, journey, **extra)
    await project(connection, stored.journey, journey)
    now = stored.clock
    entries = [Entry(journey.siren, now, line.kind, line.rule, line.summary, line.event_id) for line in lines]
    await records.write(connection, entries)
    await worklist.tidy(connection, task_ends(journey.siren, now, lines), task_returns(journey.siren, now, lines))
    return journey


def fold(journey: Journey, news: Sequence[Fact]) -> tuple[Journey, list[Effect]]:
    """The state after facts, and the lines they leave."""
    lines: list[Effect] = []
    for fact in news:
        journey, more = absorb(as_known(fact, journey), journey)
        lines += more
    journey, ended = tidied(journey)
    return journey, [*lines, *ended]


def _owed_sooner(journey: Journey, stored: Stored, rulebook: Rulebook) -> bool:
    wake_at = next_wake(journey, rulebook.world(journey, stored.clock))
    return wake_at is not None and (stored.wake_at is None or wake_at < stored.wake_at)


def _end(journey: Journey, rulebook: Rulebook) -> Any:
    return shown_end(journey, rulebook.world(journey, journey.announced_at).policy)


async def _describe(connection: AsyncConnection, journey: Journey, envelopes: Sequence[Envelope]) -> None:
    """Keep names and contact details, each from the newest event that states it."""
    newest = {slot: tuple(journey.as_of.get(slot, ())) for slot in ("account", "contact", "accountant")}
    values: dict[str, Any] = {}
    for event in envelopes:
        data, told = read_data(event), (event.time, event.id)
        if told == newest["account"] and isinstance(data, AccountOpened):
            values["name"] = data.name
        if told == newest["contact"] and isinstance(data, AccountOpened | ContactChanged | ContactCorrected):
            values |= _person("", data.contact, name="contact_name")
        if told == newest["accountant"] and isinstance(data, AccountOpened | AccountantAppointed):
            values |= _person("accountant_", data.accountant, name="accountant_name")
        if told == newest["accountant"] and isinstance(data, AccountantDismissed):
            values |= _person("accountant_", None, name="accountant_name")
    if values:
        await enterprises.describe(connection, journey.siren, values)


def _person(prefix: str, known: Contact | None, *, name: str) -> dict[str, Any]:
    fields = {name: "name", f"{prefix}email": "email", f"{prefix}phone": "phone"}
    return {column: getattr(known, field, None) for column, field in fields.items()}
