"""ENR-4: letters of one step leave in the order of its decision, the welcome before any other."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import select

from db import reading
from db.tables import messages
from tests.fakes.server import Answer
from tests.faults.desk import Desk
from tests.journeys.town import ACCOUNT, SIREN

UNPAID = {"account": ACCOUNT, "period": "2040-01", "kind": "unpaid", "amount": "640.00", "due_on": "2040-02-15"}
OPENING = {
    "organisation": "urssaf-idf",
    "account": ACCOUNT,
    "opened_on": "2040-03-01",
    "name": "Boulangerie des Écoles",
    "headcount": 1,
    "contact": {"name": "Zoé Lefèvre", "email": "zoe@example.org", "phone": None},
    "accountant": None,
}


async def decided(desk: Desk) -> list[str]:
    """Templates of the mails to the enterprise, in the order of the ledger."""
    async with desk.engine.connect() as connection:
        rows = await reading.messages_of(connection, SIREN)
    return [it.template for it in rows if it.channel == "mail"]


async def left(desk: Desk) -> list[str]:
    """Templates of the mails that the provider took, in the order it did."""
    async with desk.engine.connect() as connection:
        rows = await connection.execute(select(messages.c.id, messages.c.template))
    template = {str(it.id): it.template for it in rows}
    return [template[it["message_id"]] for it in desk.sendgrid.accepted]


async def opened_in_difficulty(desk: Desk) -> list[str]:
    """An account opened after its first incident was told: the first step writes several letters."""
    await desk.store("incident.detected", happened=datetime(2020, 1, 1, tzinfo=UTC), **UNPAID)
    await desk.store("account.opened", **OPENING)
    await desk.absorb()
    return list(await desk.step())


async def test_the_welcome_is_the_first_letter_of_a_journey_that_begins_with_an_incident(desk: Desk) -> None:
    ids = await opened_in_difficulty(desk)
    assert await decided(desk) == ["welcome", "incident_opened", "appointment_offer"]
    await desk.deliver(ids)
    assert await left(desk) == await decided(desk)


async def test_what_follows_the_welcome_waits_until_it_has_left(desk: Desk) -> None:
    ids = await opened_in_difficulty(desk)
    desk.sendgrid.script(Answer(503))
    assert await desk.deliver(ids)
    assert await left(desk) == []
    await desk.deliver(ids)
    assert await left(desk) == await decided(desk)


async def test_a_letter_refused_for_good_keeps_no_other_from_leaving(desk: Desk) -> None:
    ids = await opened_in_difficulty(desk)
    desk.sendgrid.script(Answer(400, field="content", message="refused"))
    await desk.deliver(ids)
    assert await left(desk) == (await decided(desk))[1:]
