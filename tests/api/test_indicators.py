from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.projecting import project
from db.retention.purging import purge
from db.tables import commitments, messages, surveys
from domain.cases import Appointment, AppointmentStatus, Incident, IncidentStatus
from domain.payments import Bounce, Payment
from domain.state import Contribution
from tests.api.examples import OTHER_SIREN, SIREN, add_journey, add_task

MARCH = {"from": "2026-03-01", "to": "2026-03-31"}
IN_MARCH = datetime(2026, 3, 10, 9, tzinfo=UTC)
DUE_ON = date(2026, 3, 16)
DAY_AFTER = datetime(2026, 3, 17, 9, tzinfo=UTC)


async def read(client: httpx.AsyncClient, family: str, **days: str) -> Any:
    answer = await client.get("/v1/indicators", params=MARCH | days)
    assert answer.status_code == 200
    return answer.json()[family]


def paid(amount: str, at: datetime) -> Payment:
    return Payment(str(uuid4()), at, Decimal(amount))


def due(period: str, *payments: Payment, amount: str | None = "100.00", on: date = DUE_ON) -> Contribution:
    return Contribution("117", period, on, amount and Decimal(amount), payments=payments)  # type: ignore[arg-type]


def unpaid(contribution: Contribution, **state: Any) -> Incident:
    known = Incident(contribution.period, "117", contribution.period, "unpaid", DAY_AFTER, DAY_AFTER)
    return replace(known, **{"amount": contribution.amount, "due_on": contribution.due_on, **state})


async def follow(engine: AsyncEngine, *dues: Contribution, incidents: tuple[Incident, ...] = (), **state: Any) -> None:
    journey = await add_journey(
        engine,
        contributions={it.key: it for it in dues},
        incidents={it.id: it for it in incidents},
        **state,
    )
    async with engine.begin() as connection:
        await project(connection, replace(journey, incidents={}), journey)


async def write(engine: AsyncEngine, **given: Any) -> None:
    values = {
        "id": uuid4(),
        "siren": SIREN,
        "organisation": "urssaf-idf",
        "rule": "REM-2",
        "subject": str(uuid4()),
        "channel": "mail",
        "recipient": "enterprise",
        "template": "reminder",
        "purpose": "reminder",
        "critical": False,
        "immediate": False,
        "facts": {},
        "status": "delivered",
        "queued_at": IN_MARCH,
        "text": "Bonjour",
        "to": "lea@example.org",
    }
    async with engine.begin() as connection:
        await connection.execute(insert(messages).values(values | given))


async def promise(engine: AsyncEngine, kind: str, rule: str, **instants: datetime) -> None:
    values: dict[str, Any] = {
        "siren": SIREN,
        "id": str(uuid4()),
        "organisation": "urssaf-idf",
        "kind": kind,
        "rule": rule,
        "subject": "s",
        "started_at": IN_MARCH,
        "due_at": IN_MARCH + timedelta(hours=72),
    }
    async with engine.begin() as connection:
        await connection.execute(insert(commitments).values(values | instants))


async def say(engine: AsyncEngine, moment: str, satisfaction: int, effort: int) -> None:
    values = {"siren": SIREN, "moment": moment, "satisfaction": satisfaction, "effort": effort}
    async with engine.begin() as connection:
        await connection.execute(insert(surveys).values(values | {"answered_at": IN_MARCH}))


async def test_requests_in_time_are_counted_by_motive(agent: httpx.AsyncClient, engine: AsyncEngine) -> None:
    later = IN_MARCH + timedelta(hours=5)
    await promise(engine, "plan_answer", "PLN-4", met_at=later)
    await promise(engine, "plan_answer", "PLN-4", met_at=later, breached_at=IN_MARCH)
    await promise(engine, "plan_answer", "PLN-4")
    await promise(engine, "request", "MED-1", met_at=later)
    await promise(engine, "request", "REG-2", met_at=later)
    await promise(engine, "amicable_contact", "INC-5", met_at=later)
    counted = {it.pop("motive"): it for it in await read(agent, "requests")}
    assert set(counted) == {"plan", "mediation", "appointment"}
    assert counted["plan"] == {"received": 3, "in_time": 1, "late": 1, "pending": 1, "rate": "0.500"}


async def test_a_payment_is_spontaneous_when_all_is_paid_on_the_due_date(
    agent: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    last_minute = datetime(2026, 3, 16, 22, 59, tzinfo=UTC)  # still the 16th in Paris
    await follow(
        engine,
        due("2026-02", paid("40", last_minute), paid("60", last_minute)),
        due("2026-01", paid("30", last_minute), paid("70", last_minute + timedelta(minutes=1))),
        due("2025-12", amount=None),
        due("2025-11", amount="0"),
        due("2025-10", on=date(2026, 4, 1)),
    )
    assert await read(agent, "spontaneous_payment") == {
        "due": 2,
        "paid": 1,
        "amount_due": "200.00",
        "amount_paid": "130.00",
        "rate": "0.500",
        "amount_rate": "0.650",
    }


async def test_a_payment_told_the_day_after_is_in_time(agent: httpx.AsyncClient, engine: AsyncEngine) -> None:
    hundredth = date(2026, 6, 24)
    spontaneous = due("2026-02", replace(paid("100", DAY_AFTER), received_on=DUE_ON))
    recovered = due("2026-01", replace(paid("100", DAY_AFTER + timedelta(days=100)), received_on=hundredth))
    await follow(engine, spontaneous, recovered, incidents=(unpaid(recovered),))
    assert (await read(agent, "spontaneous_payment"))["paid"] == 1
    assert (await read(agent, "recovery"))["recovered"] == 1


async def test_a_debit_that_bounced_was_not_paid(agent: httpx.AsyncClient, engine: AsyncEngine) -> None:
    told, bounced_at = datetime(2026, 3, 16, 9, tzinfo=UTC), datetime(2026, 3, 19, 9, tzinfo=UTC)
    bounced = (Bounce(bounced_at, "e-1", Decimal("60")),)
    wholly = replace(due("2026-02", paid("100", told)), bounces=(Bounce(bounced_at, "e-1", None),))
    partly = replace(due("2026-01", paid("40", told), paid("60", told)), bounces=bounced)
    again = replace(due("2025-12", paid("60", told), paid("100", bounced_at)), bounces=bounced)
    debited = due("2025-11", paid("60", told), paid("60", bounced_at))
    twice = replace(debited, bounces=(*bounced, Bounce(bounced_at + timedelta(days=9), "e-2", Decimal("60"))))
    await follow(engine, wholly, partly, again, twice, incidents=(unpaid(again), unpaid(twice)))
    assert (await read(agent, "spontaneous_payment"))["amount_paid"] == "40"
    assert (await read(agent, "recovery"))["amount_recovered"] == "100.00"


async def test_what_is_not_due_yet_is_not_counted(agent: httpx.AsyncClient, engine: AsyncEngine) -> None:
    tomorrow = date.today() + timedelta(days=2)
    await follow(engine, due("2030-01", on=tomorrow))
    found = await read(agent, "spontaneous_payment", to=(tomorrow + timedelta(days=1)).isoformat())
    assert (found["due"], found["rate"]) == (0, None)


async def test_a_debt_is_recovered_when_all_came_in_within_a_hundred_days(
    agent: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    hundredth = datetime(2026, 6, 24, 12, tzinfo=UTC)
    in_time, late = due("2026-02", paid("100", hundredth)), due("2026-01", paid("100", hundredth + timedelta(days=1)))
    cancelled = unpaid(due("2025-12"), status=IncidentStatus.CANCELLED, cancelled_at=IN_MARCH)
    await follow(engine, in_time, late, incidents=(unpaid(in_time), unpaid(late), cancelled))
    found = await read(agent, "recovery")
    assert (found["debts"], found["recovered"], found["pending"], found["rate"]) == (2, 1, 0, "0.500")
    assert (found["amount"], found["amount_recovered"]) == ("200.00", "100.00")


async def test_a_debt_waits_for_its_hundredth_day(agent: httpx.AsyncClient, engine: AsyncEngine) -> None:
    owed = due("2030-01", on=date.today() - timedelta(days=3))
    await follow(engine, owed, incidents=(unpaid(owed),))
    found = await read(agent, "recovery", to=date.today().isoformat())
    assert (found["debts"], found["pending"], found["rate"]) == (1, 1, None)


async def test_personal_service_is_counted_by_channel_for_those_without_accountant(
    agent: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    held = Appointment("a-1", "initial", AppointmentStatus.HELD, IN_MARCH, format="video", closed_at=IN_MARCH)
    missed = replace(held, id="a-2", status=AppointmentStatus.MISSED, format="in_person")
    past = {"started_at": datetime(2026, 1, 5, tzinfo=UTC)}
    await add_journey(engine, appointments={"a-1": held, "a-2": missed}, **past)
    await add_journey(engine, OTHER_SIREN, accountant=True, appointments={"a-1": held}, **past)
    await add_journey(engine, "356000000", **past)
    for outcome in ("reached", "reached"):
        await add_task(engine, status="done", outcome=outcome, done_at=IN_MARCH)
    await add_task(engine, "356000000", status="done", outcome="unreachable", done_at=IN_MARCH)
    assert await read(agent, "personal_service") == {
        "enterprises": 2,
        "served": 1,
        "channels": [{"channel": "phone", "enterprises": 1}, {"channel": "video", "enterprises": 1}],
        "rate": "0.500",
    }


async def test_an_extension_answers_the_notice_that_offered_it(agent: httpx.AsyncClient, engine: AsyncEngine) -> None:
    offer = {"ends_on": "2026-04-10", "extends_to": "2026-10-10", "can_extend": True}
    for siren in (SIREN, OTHER_SIREN):
        await add_journey(engine, siren)
        for channel in ("mail", "sms"):
            await write(engine, siren=siren, template="exit_notice", subject="n", channel=channel, facts=offer)
    await write(
        engine, template="extended", queued_at=datetime(2026, 4, 2, tzinfo=UTC), facts={"ends_on": "2026-10-10"}
    )
    await write(engine, template="exit_notice", facts={"ends_on": "2026-04-01", "can_extend": False})
    assert await read(agent, "extensions") == {"offered": 2, "extended": 1, "pending": 0, "rate": "0.500"}


async def test_satisfaction_is_read_by_life_moment_and_discontent_is_a_complaint(
    agent: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    await add_journey(engine)
    await promise(engine, "request", "MED-1")
    for case, marks in {"i-1": (5, 1), "i-2": (4, 2), "i-3": (1, 5)}.items():
        await say(engine, f"survey:incident:{case}", *marks)
    await say(engine, "closed:2026-03-10", 3, 3)
    by_moment = {it.pop("moment"): it for it in await read(agent, "satisfaction")}
    assert set(by_moment) == {"financial_difficulty", "exit"}
    assert by_moment["financial_difficulty"] == {
        "answers": 3,
        "satisfied": 2,
        "dissatisfied": 1,
        "satisfaction": "3.33",
        "effort": "2.67",
        "csat": "0.667",
    }
    assert await read(agent, "complaints") == {"mediations": 1, "dissatisfied": 1}


async def test_contacts_are_counted_by_motive_and_failures_by_channel(
    agent: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    await promise(engine, "plan_answer", "PLN-4")
    for channel in ("mail", "sms"):
        await write(engine, rule="INC-2", template="difficulty_received", subject="d", channel=channel)
    await write(engine, channel="sms", status="failed")
    await write(engine, status="dropped")
    await write(engine, recipient="accountant")
    contacts = await read(agent, "contacts")
    assert contacts["received"] == [{"motive": "difficulty", "volume": 1}, {"motive": "plan", "volume": 1}]
    assert {(it["motive"], it["channel"]): it["volume"] for it in contacts["sent"]} == {
        ("INC", "mail"): 1,
        ("INC", "sms"): 1,
        ("REM", "sms"): 1,
    }
    assert await read(agent, "contact_failures") == [
        {"channel": "mail", "sent": 1, "failed": 0, "rate": "0.000"},
        {"channel": "sms", "sent": 2, "failed": 1, "rate": "0.500"},
    ]


@pytest.fixture
async def lived(engine: AsyncEngine) -> None:
    """A journey of which every indicator has something to count."""
    owed = due("2026-02", paid("100", datetime(2026, 4, 1, tzinfo=UTC)))
    held = Appointment("a-1", "initial", AppointmentStatus.HELD, IN_MARCH, format="phone", closed_at=IN_MARCH)
    await follow(engine, owed, incidents=(unpaid(owed),), started_at=IN_MARCH, appointments={"a-1": held})
    await promise(engine, "request", "MED-1", met_at=IN_MARCH)
    await say(engine, "survey:incident:i-1", 2, 4)
    await write(engine, status="failed")


@pytest.mark.usefixtures("lived")
async def test_indicators_survive_purging(agent: httpx.AsyncClient, engine: AsyncEngine) -> None:
    before = (await agent.get("/v1/indicators", params=MARCH)).json()
    assert before["recovery"]["recovered"] == before["personal_service"]["served"] == 1
    await purge(engine, datetime(2100, 1, 1, tzinfo=UTC))
    assert (await agent.get("/v1/indicators", params=MARCH)).json() == before


@pytest.mark.usefixtures("lived")
async def test_another_period_and_another_organisation_count_nothing(
    agent: httpx.AsyncClient, neighbour: httpx.AsyncClient
) -> None:
    february = {"from": "2026-02-01", "to": "2026-02-28"}
    nothing = (await agent.get("/v1/indicators", params=february)).json()
    theirs = (await neighbour.get("/v1/indicators", params=MARCH)).json()
    assert {**theirs, "from": None, "to": None} == {**nothing, "from": None, "to": None}
    assert (nothing["requests"], nothing["recovery"]["debts"], nothing["contacts"]["sent"]) == ([], 0, [])


@pytest.mark.usefixtures("lived")
async def test_without_days_everything_is_counted(agent: httpx.AsyncClient) -> None:
    whole = (await agent.get("/v1/indicators")).json()
    assert (whole["from"], whole["to"], whole["recovery"]["debts"]) == (None, None, 1)


async def test_a_day_that_is_none_is_refused(agent: httpx.AsyncClient) -> None:
    assert (await agent.get("/v1/indicators", params={"from": "2026-02-30"})).status_code == 400
