"""What happens to an enterprise in difficulty, and what it was told of it."""

from __future__ import annotations

from datetime import date, datetime
from itertools import count
from typing import Any

from domain.requests import Ask, Reply, Request
from tests.journeys.town import ACCOUNT, PARIS, SIREN, Town
from workflows.client import ask

PERIOD = "2030-09"
ACCOUNTANT = {"name": "Cabinet Exemple", "email": "cabinet@example.org", "phone": None}
_requests = count(1)


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=PARIS)


async def owe(town: Town, on: date, period: str, due_on: date, amount: str) -> None:
    """Urssaf's systems state what is due."""
    await town.until(on)
    due = {"account": ACCOUNT, "period": period, "due_on": due_on.isoformat(), "amount": amount}
    await town.tell("contribution.due", time=noon(on), **due)


async def detect(town: Town, on: date, period: str = PERIOD, amount: str = "900.00", **changed: Any) -> None:
    """An incident of a period due on 15 October, unless said otherwise, seen on a day."""
    await town.until(on)
    data = {"kind": "unpaid", "amount": amount, "due_on": "2030-10-15", **changed}
    await town.tell("incident.detected", time=noon(on), account=ACCOUNT, period=period, **data)


async def pay(town: Town, on: date, amount: str, period: str = PERIOD) -> None:
    await town.until(on)
    paid = {"account": ACCOUNT, "period": period, "amount": amount, "received_on": on.isoformat()}
    await town.tell("payment.received", time=noon(on), **paid)


async def request(town: Town, what: Ask, siren: str = SIREN, **data: Any) -> Reply:
    """Ask a journey, as an agent or a page does."""
    asked = Request(f"{what}-{next(_requests)}", what, {"note": None, "by": "enterprise", **data})
    reply = await ask(town.temporal, siren, asked)
    await town.quiet()
    return reply


async def ask_plan(town: Town, *instalments: tuple[str, str], period: str = PERIOD, siren: str = SIREN) -> str:
    """Ask for a plan of (due on, amount); its id."""
    drawn = [{"due_on": due_on, "amount": amount} for due_on, amount in instalments]
    reply = await request(town, Ask.PLAN, siren, period=period, instalments=drawn)
    assert reply.status == 201, reply.detail
    return str(reply.data["id"])


async def decide(town: Town, plan: str, decision: str, **data: Any) -> None:
    reply = await request(town, Ask.DECIDE_PLAN, plan=plan, decision=decision, **{"by": "alice.martin", **data})
    assert reply.status == 200, reply.detail


async def told(
    town: Town, channel: str, recipient: str = "enterprise", rules: tuple[str, ...] = ("INC", "PLN", "APT", "MED")
) -> list[tuple[str, str, str]]:
    """(date, template, status) of the messages about cases."""
    found = [it for it in await town.messages() if it.rule.startswith(rules) and it.recipient == recipient]
    return [(it.on.isoformat(), it.template, it.status) for it in found if it.channel == channel]


async def sent(town: Town, channel: str = "mail", recipient: str = "enterprise") -> list[tuple[str, str]]:
    """(date, template) of those that left."""
    return [(on, name) for on, name, status in await told(town, channel, recipient) if status == "delivered"]


async def given(town: Town, siren: str = SIREN) -> list[tuple[str, str, str]]:
    """(day opened, rule, kind) of the tasks about cases."""
    found = [it for it in await town.tasks(siren) if it.rule.startswith(("INC", "PLN", "APT", "MED"))]
    return [(it.opened_at.astimezone(PARIS).date().isoformat(), it.rule, it.kind) for it in found]
