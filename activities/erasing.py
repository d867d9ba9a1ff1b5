"""An enterprise erased when it asks for it, before its periods are over (GDPR 17): its people go, its journey ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncConnection

from activities.absorbing import absorb_facts, absorb_pending
from activities.committing import move_weight
from activities.projecting import project
from db import events, journeys, outgoing, waiting
from db.journeys import Stored
from db.outgoing import OutEvent
from db.retention import erasing
from db.retention.erasing import ERASED, Report
from db.retention.people import Person
from db.retention.periods import STATE
from domain.facts import ContactChanged
from domain.forgetting import erased
from domain.rulebook import Rulebook
from domain.rules.term import shown_end
from domain.state import Journey

RELEASED = "recovery.released"
AFTER = timedelta(microseconds=1)


async def erase_enterprise(connection: AsyncConnection, rulebook: Rulebook, siren: str) -> Report:
    """Erase what is stored of the people of an enterprise, and end its journey without a word.

    Its workflow is woken once more, finds nothing to do for ever and ends. Events that come later are refused: what
    was erased does not come back by them.
    """
    # In the order of deliveries, which lock their letters before the journey.
    await erasing.lock_messages(connection, siren)
    await events.lock(connection, siren)
    stored = await journeys.lock(connection, siren)
    if stored:
        await _end(connection, rulebook, stored)
    report = await erasing.erase_rows(connection, siren)
    report.add("journeys", STATE, int(stored is not None and not stored.erased))
    return report


async def _end(connection: AsyncConnection, rulebook: Rulebook, stored: Stored) -> None:
    before, now = stored.journey, stored.clock
    after = erased(before, now)
    await outgoing.add(connection, _releases(before, now))
    await project(connection, before, after)
    await move_weight(connection, before, after, rulebook)
    freed = await erasing.free_slots(connection, after.siren, datetime.now(UTC))
    for organisation, count in freed.items():
        await waiting.tell(connection, organisation, count, datetime.now(UTC))
    ends_on = shown_end(after, rulebook.world(after, now).policy)
    await journeys.save(
        connection,
        stored,
        after,
        ends_on=ends_on,
        wake_at=None,
        result=None,
        nudge=stored.nudge + 1,
        erased_at=datetime.now(UTC),
        purged="lapsed",
    )


def _releases(journey: Journey, now: datetime) -> list[OutEvent]:
    """Urssaf's systems hold recovery no longer for a journey that is no more (INC-6)."""
    return [
        OutEvent(uuid4(), journey.siren, journey.organisation, RELEASED, now, _released(journey, it.id))
        for it in journey.incidents.values()
        if it.hold
    ]


def _released(journey: Journey, incident: str) -> dict[str, str]:
    known = journey.incidents[incident]
    return {"incident": known.id, "account": known.account, "period": known.period, "reason": ERASED}


async def erase_person(connection: AsyncConnection, rulebook: Rulebook, person: Person) -> Report:
    """Erase a person wherever an address of theirs stands: contact, accountant, agent who left, words that quote it.

    Journeys go on: those whose contact it was are told that there is no address any more.
    """
    for siren in sorted((await erasing.places_of(connection, person)).sirens):
        await erasing.lock_messages(connection, siren)
        # What was accepted before is applied before: nothing of it is lost with the words of the person.
        await absorb_pending(connection, rulebook, siren)
    places = await erasing.places_of(connection, person)
    report = await erasing.erase_person(connection, person, places)
    for siren in sorted(places.contacts):
        await _tell_gone(connection, rulebook, siren)
    return report


async def _tell_gone(connection: AsyncConnection, rulebook: Rulebook, siren: str) -> None:
    stored = await journeys.lock(connection, siren)
    if stored is None:
        return
    said_at, _ = stored.journey.as_of.get("contact", (stored.clock, ""))
    at = max(stored.clock, said_at + AFTER)
    gone = ContactChanged(id=f"{ERASED}-{uuid4()}", at=at, received_at=at, has_mail=False, has_phone=False)
    await absorb_facts(connection, rulebook, stored, [gone])
