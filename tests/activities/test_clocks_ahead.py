"""INC-13: an event that says a time later than its receipt happened when it was received."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from db import journeys
from db.codec import dump_journey
from db.tables import enterprises
from db.tables import journeys as journeys_table
from domain.cases import IncidentStatus
from domain.state import Journey
from tests.faults.desk import Desk
from tests.journeys.town import ACCOUNT, SIREN

PERIOD = {"account": ACCOUNT, "period": "2040-02"}
UNPAID = {**PERIOD, "kind": "unpaid", "amount": "640.00", "due_on": "2040-03-15"}
WRONG, RIGHT = ({"name": name, "email": f"{name}@example.org", "phone": None} for name in ("wrong", "right"))

AHEAD = [timedelta(minutes=10), timedelta(days=400), timedelta(days=20_000)]


async def state(desk: Desk) -> Journey:
    async with desk.engine.connect() as connection:
        stored = await journeys.read(connection, SIREN)
    assert stored
    return stored.journey


async def tell_ahead(desk: Desk, by: timedelta, type_: str, **data: Any) -> None:
    await desk.store(type_, happened=desk.now + by, **data)
    await desk.absorb()


async def mail(desk: Desk) -> str:
    async with desk.engine.connect() as connection:
        return str(await connection.scalar(select(enterprises.c.email).where(enterprises.c.siren == SIREN)))


async def tell(desk: Desk, type_: str, **data: Any) -> None:
    """By a sender whose clock is right: it happened just before."""
    await desk.store(type_, happened=await clock(desk), **data)
    await desk.absorb()


async def clock(desk: Desk) -> datetime:
    async with desk.engine.connect() as connection:
        stored = await journeys.read(connection, SIREN)
    assert stored
    return stored.clock


async def live(desk: Desk) -> None:
    """What is owed by now, on the journey's own clock."""
    desk.now = await clock(desk)
    await desk.live()


@pytest.mark.parametrize("by", AHEAD)
async def test_nothing_a_clock_ahead_said_outlives_the_truth(desk: Desk, by: timedelta) -> None:
    await desk.open()
    await tell_ahead(desk, by, "contact.changed", contact=WRONG)
    await tell_ahead(desk, by, "headcount.changed", headcount=7, on="2040-03-01")
    await tell_ahead(desk, by, "contribution.due", **PERIOD, due_on="2040-03-15", amount="999.00")
    await tell_ahead(desk, by, "accountant.appointed", accountant=WRONG)
    await tell_ahead(desk, by, "appeal.opened", reference="R1", on="2040-03-01")
    await tell(desk, "contact.changed", contact=RIGHT)
    await tell(desk, "headcount.changed", headcount=3, on="2040-03-01")
    await tell(desk, "contribution.due", **PERIOD, due_on="2040-03-15", amount="640.00")
    await tell(desk, "accountant.dismissed")
    await tell(desk, "appeal.closed", reference="R1", on="2040-03-02")
    known = await state(desk)
    [contribution] = known.contributions.values()
    said = (known.headcount, str(contribution.amount), known.accountant, list(known.proceedings.values()))
    assert said == (3, "640.00", False, ["closed"])
    assert await mail(desk) == "right@example.org"


@pytest.mark.parametrize("by", AHEAD)
async def test_an_incident_said_by_a_clock_ahead_is_paid_and_cancelled_like_any_other(
    desk: Desk, by: timedelta
) -> None:
    await desk.open()
    await tell_ahead(desk, by, "incident.detected", **UNPAID)
    await tell(desk, "payment.received", **PERIOD, amount="640.00", received_on="2040-03-18")
    await live(desk)
    [incident] = (await state(desk)).incidents.values()
    assert incident.status is IncidentStatus.PAID
    await tell_ahead(desk, by, "incident.detected", **UNPAID)
    await tell(desk, "incident.cancelled", **PERIOD, reason="erreur")
    await live(desk)
    [incident] = (await state(desk)).incidents.values()
    assert incident.status is IncidentStatus.CANCELLED


@pytest.mark.parametrize("by", AHEAD)
async def test_a_payment_said_by_a_clock_ahead_pays_nothing_said_later(desk: Desk, by: timedelta) -> None:
    await desk.open()
    await tell_ahead(desk, by, "payment.received", **PERIOD, amount="640.00", received_on="2040-03-02")
    await tell(desk, "incident.detected", **UNPAID)
    await live(desk)
    [incident] = (await state(desk)).incidents.values()
    assert incident.status is IncidentStatus.OPEN


async def test_what_an_earlier_version_believed_of_a_clock_ahead_is_brought_back(desk: Desk) -> None:
    await desk.open()
    far = desk.now + timedelta(days=400)
    await tell_ahead(desk, timedelta(days=400), "contact.changed", contact=WRONG)
    await tell_ahead(desk, timedelta(days=400), "incident.detected", **UNPAID)
    await live(desk)
    await believe(desk, far)
    await tell(desk, "contact.changed", contact=RIGHT)
    await tell(desk, "payment.received", **PERIOD, amount="640.00", received_on="2040-03-18")
    await live(desk)
    known = await state(desk)
    assert await mail(desk) == "right@example.org"
    assert all(at < far for at, _ in known.as_of.values())
    assert [it.status for it in known.incidents.values()] == [IncidentStatus.PAID]


async def believe(desk: Desk, far: datetime) -> None:
    """Make the state what a version without INC-13 left: contact and incident stamped as their events said."""
    known = await state(desk)
    slots = ("contact", f"incident:{ACCOUNT}/{PERIOD['period']}")
    stamps = {slot: (far.astimezone(UTC), known.as_of[slot][1]) for slot in slots}
    [incident] = known.incidents.values()
    believed = known.but(
        as_of={**known.as_of, **stamps},
        incidents={incident.id: type(incident)(**{**vars(incident), "detected_at": far, "opened_at": far})},
    )
    async with desk.engine.begin() as connection:
        change = update(journeys_table).where(journeys_table.c.siren == SIREN)
        await connection.execute(change.values(state=dump_journey(believed)))
