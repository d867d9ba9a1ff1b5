"""Payment incidents from the first word to the end, on Temporal's time-skipping server."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from db import worklist
from domain.cases import IncidentStatus
from tests.journeys.test_whole_life import start
from tests.journeys.town import ACCOUNT, PARIS, Town

PERIOD = "2030-09"
ACCOUNTANT = {"name": "Cabinet Exemple", "email": "cabinet@example.org", "phone": None}


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=PARIS)


async def detect(town: Town, on: date, period: str = PERIOD, amount: str = "900.00", **changed: Any) -> None:
    """An incident of a period due on 15 October, seen on a day."""
    await town.until(on)
    data = {"kind": "unpaid", "amount": amount, "due_on": "2030-10-15", **changed}
    await town.tell("incident.detected", time=noon(on), account=ACCOUNT, period=period, **data)


async def told(town: Town, channel: str, recipient: str = "enterprise") -> list[tuple[str, str, str]]:
    rules = ("INC", "MED")
    found = [it for it in await town.messages() if it.rule.startswith(rules) and it.recipient == recipient]
    return [(it.on.isoformat(), it.template, it.status) for it in found if it.channel == channel]


async def test_an_incident_nobody_answers_is_followed_up_then_handed_over(skipped_town: Town) -> None:
    town = skipped_town
    await start(town, first_hire_on="2030-08-31")
    await detect(town, date(2030, 10, 16))
    await town.until(date(2030, 11, 20))
    words = [
        ("2030-10-17", "incident_opened", "delivered"),
        ("2030-10-24", "incident_followup", "delivered"),
        ("2030-11-04", "incident_followup", "delivered"),
        ("2030-11-12", "incident_last_call", "delivered"),
        ("2030-11-15", "incident_handed_over", "delivered"),
    ]
    assert await told(town, "mail") == await told(town, "sms") == words
    (first, *_) = [it for it in await town.messages() if it.template == "incident_opened" and it.channel == "mail"]
    assert "900,00 €" in first.text
    (incident,) = (await town.journey()).incidents.values()
    assert incident.status is IncidentStatus.HANDED_OVER


async def test_a_payment_ends_it_and_the_accountant_has_the_copies(skipped_town: Town) -> None:
    town = skipped_town
    await start(town, first_hire_on="2030-08-31", accountant=ACCOUNTANT)
    await detect(town, date(2030, 10, 16), "2030-08", "100.00", due_on="2030-09-16")
    await detect(town, date(2030, 10, 17))
    await town.until(date(2030, 10, 18))
    for period, amount in (("2030-08", "100.00"), (PERIOD, "900.00")):
        paid = {"account": ACCOUNT, "period": period, "amount": amount, "received_on": "2030-10-18"}
        await town.tell("payment.received", time=noon(date(2030, 10, 18)), **paid)
    await town.until(date(2030, 10, 31))
    assert sorted(template for _, template, _ in await told(town, "mail", "accountant")) == [
        "incident_opened",
        "incident_opened",
        "incident_paid",
        "incident_paid",
        "incident_repeated",
    ]
    (alone,) = [it for it in await town.messages() if it.template == "incident_repeated"]
    assert "votre client" in alone.text.lower()
    assert "Copie" not in alone.text


async def test_a_refund_answered_by_its_task_keeps_the_promise(skipped_town: Town) -> None:
    town = skipped_town
    await start(town, first_hire_on="2030-08-31")
    await town.until(date(2030, 10, 2))
    await town.tell("refund.owed", time=noon(date(2030, 10, 2)), account=ACCOUNT, period=PERIOD, amount="50.00")
    await town.until(date(2030, 10, 3))
    (task,) = [it for it in await town.tasks() if it.rule == "INC-11"]
    async with town.engine.begin() as connection:
        done = noon(date(2030, 10, 3))
        await worklist.finish(connection, task.id, outcome="remboursé", note=None, by="alice.martin", at=done)
    await town.quiet()
    await town.until(date(2030, 10, 10))
    (promise,) = [it for it in (await town.journey()).commitments.values() if it.kind == "refund"]
    assert (promise.met_at, promise.breached_at) == (noon(date(2030, 10, 3)), None)
    assert [template for _, template, _ in await told(town, "mail")] == ["refund_received"]
