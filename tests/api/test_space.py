"""SPC-2 to SPC-4: what the enterprise sees, as the API tells it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import httpx
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from db.tables import messages
from domain.cases import Appointment, AppointmentStatus, Incident, Instalment, Plan, PlanStatus, Slot
from domain.payments import Payment
from domain.state import Contribution
from tests.api.examples import SIREN, add_journey

NOW = datetime.now(UTC)
TODAY = date.today()
ACCOUNT = "117"
FIELDS = {"sentence", "cards", "due_dates", "instalments", "debts", "appointments", "requests", "messages"}


def due(period: str, days: int, amount: str = "900", **more: Any) -> Contribution:
    on = TODAY + timedelta(days=days)
    return Contribution(ACCOUNT, period, on, Decimal(amount), stated_at=NOW, stated_by="e", **more)


async def space(agent: httpx.AsyncClient, engine: AsyncEngine, **journey: Any) -> dict[str, Any]:
    await add_journey(engine, **({"account": ACCOUNT, "accountant": True} | journey))
    answer = await agent.get(f"/v1/journeys/{SIREN}/space")
    assert answer.status_code == 200
    assert set(answer.json()) == FIELDS
    found: dict[str, Any] = answer.json()
    return found


def states(found: dict[str, Any]) -> dict[str, tuple[str, str | None]]:
    return {it["period"]: (it["state"], it["left"]) for it in found["due_dates"] if it["period"] < "2026-01"}


async def test_due_dates_past_and_ahead_say_what_is_left(agent: httpx.AsyncClient, engine: AsyncEngine) -> None:
    part = Payment("p", NOW - timedelta(days=1), Decimal("300"), TODAY)
    whole = replace(part, amount=Decimal("900"))
    known = [
        due("2025-01", -40, payments=(whole,)),
        due("2025-02", -10),
        due("2025-03", 10, payments=(part,)),
        due("2025-04", 20, "0"),
    ]
    found = await space(agent, engine, contributions={it.key: it for it in known})
    assert states(found) == {
        "2025-01": ("paid", "0"),
        "2025-02": ("unknown", "900"),
        "2025-03": ("ahead", "600"),
        "2025-04": ("nothing_due", "0"),
    }
    assert (
        found["sentence"]
        == f"Rien n'est en retard ; prochaine échéance le {TODAY + timedelta(days=10):%d/%m/%Y} (600,00 €)."
    )
    first = found["cards"][0]
    assert (first["kind"], first["by"], first["amount"]) == ("to_pay", f"{TODAY + timedelta(days=10)}", "600")


async def test_a_plan_that_runs_replaces_the_payment_by_its_instalments(
    agent: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    known = due("2025-03", 10)
    plan = Plan(
        id="plan-1",
        account=ACCOUNT,
        period="2025-03",
        instalments=tuple(Instalment(TODAY + timedelta(days=n), Decimal("450")) for n in (8, 38)),
        debt=Decimal("900"),
        requested_at=NOW - timedelta(days=3),
        requested_by="enterprise",
        status=PlanStatus.RUNNING,
        decided_at=NOW - timedelta(days=1),
    )
    found = await space(agent, engine, contributions={known.key: known}, plans={plan.id: plan})
    assert states(found) == {"2025-03": ("planned", "0")}
    assert [(it["number"], it["left"], it["state"]) for it in found["instalments"]] == [
        (1, "450", "ahead"),
        (2, "450", "ahead"),
    ]
    assert "450,00" in found["sentence"]
    assert ("to_pay", f"{TODAY + timedelta(days=8)}", "450") in [
        (it["kind"], it["by"], it["amount"]) for it in found["cards"]
    ]


async def test_a_debt_handed_over_comes_first(agent: httpx.AsyncClient, engine: AsyncEngine) -> None:
    since = NOW - timedelta(days=60)
    debt = Incident("i-1", ACCOUNT, "2025-03", "unpaid", since, since, amount=Decimal("1000"), handed_over_at=NOW)
    found = await space(agent, engine, incidents={debt.id: replace(debt, told_at=since, contacted_at=since)})
    assert [(it["period"], it["left"], it["handed_over"]) for it in found["debts"]] == [("2025-03", "1000", True)]
    assert found["sentence"].startswith("Une période est à régulariser, mars 2025, suivie par le recouvrement")
    assert found["cards"][0] == {
        "kind": "to_pay",
        "title": "Payer mars 2025, ou demander un délai",
        "by": None,
        "amount": "1000",
    }


async def test_an_appointment_booked_shows_and_a_past_one_does_not(
    agent: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    booked = [
        Appointment(
            f"rdv-{days}",
            "other",
            AppointmentStatus.BOOKED,
            NOW - timedelta(days=9),
            format="phone",
            slot=Slot(f"s-{days}", "alice.martin", NOW + timedelta(days=days), 45, ("phone",)),
        )
        for days in (-2, 4)
    ]
    found = await space(agent, engine, appointments={it.id: it for it in booked})
    assert [(it["id"], it["format"]) for it in found["appointments"]] == [("rdv-4", "phone")]


async def test_only_the_letters_that_left_for_the_enterprise_show(
    agent: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    await add_journey(engine)
    sent = {"status": "delivered", "recipient": "enterprise", "text": "Rappel", "sent_at": NOW}
    for row in (sent, sent | {"status": "dropped", "sent_at": None}, sent | {"recipient": "accountant"}):
        async with engine.begin() as connection:
            await connection.execute(insert(messages).values(message() | row))
    letters = (await agent.get(f"/v1/journeys/{SIREN}/space")).json()["messages"]
    assert [(it["channel"], it["text"]) for it in letters] == [("mail", "Rappel")]


def message() -> dict[str, Any]:
    return {
        "id": uuid4(),
        "siren": SIREN,
        "organisation": "urssaf-idf",
        "rule": "REM-2",
        "subject": str(uuid4()),
        "channel": "mail",
        "template": "due_reminder",
        "purpose": "reminder",
        "critical": False,
        "immediate": False,
        "facts": {},
        "queued_at": NOW,
    }
