"""The oracle: real workflows and the in-memory run of the same inputs decide the same things at the same instants."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from activities.inbound import Envelope, fact_of
from db.tables import timeline
from domain.duty import AgentLoad
from domain.effects import CloseTask, ReopenTask
from domain.facts import AccountOpened
from domain.forecast import forecast
from domain.requests import Ask, Request
from tests.domain.rules.life import Life
from tests.journeys.town import ACCOUNT, PARIS, SIREN, Town
from workflows.client import ask

SEEDS = range(8)
KINDS = {"message", "task", "phase", "skipped"}


@dataclass(frozen=True)
class Input:
    """Something that reaches a journey at an instant: an event, or a request when its type is one of ``Ask``."""

    at: datetime
    type: str
    data: dict[str, Any]


def opening(chance: random.Random) -> Input:
    opened = date(2031, 1, 2) + timedelta(days=chance.randrange(60))
    told = datetime(opened.year, opened.month, opened.day, chance.choice([3, 9, 14, 21]), tzinfo=PARIS)
    accountant = {"name": "Cabinet Ledoux", "email": "ledoux@example.org"} if chance.random() < 0.4 else None
    data = {
        "organisation": "urssaf-idf",
        "account": ACCOUNT,
        "opened_on": (opened - timedelta(days=chance.choice([0, 10, 480]))).isoformat(),
        "name": "Boulangerie des Écoles",
        "headcount": chance.choice([1, 9, 19, 60]),
        "naf": "",
        "periodicity": chance.choice(["monthly", "quarterly"]),
        "contact": {"name": "Zoé", "email": "zoe@example.org", "phone": chance.choice([None, "+33639980001"])},
        "accountant": accountant,
        "first_hire_on": None,
    }
    return Input(told + timedelta(days=chance.randrange(3)), "account.opened", data)


def later(chance: random.Random, start: datetime) -> Input:
    at = start + timedelta(minutes=chance.randrange(60, 150 * 24 * 60))
    month = (at + timedelta(days=chance.randrange(-20, 30))).date()
    period = f"{month:%Y-%m}"
    due_on = (month.replace(day=28) + timedelta(days=10)).replace(day=chance.choice([5, 14, 15, 16, 22]))
    amount = chance.choice(["0.00", "800.00", "1240.50"])
    about = {"account": ACCOUNT, "period": period}
    makers: list[Callable[[], tuple[str, dict[str, Any]]]] = [
        lambda: ("contribution.due", {**about, "due_on": due_on.isoformat(), "amount": chance.choice([amount, None])}),
        lambda: ("payment.received", {**about, "amount": "800.00", "received_on": at.date().isoformat()}),
        lambda: ("headcount.changed", {"headcount": chance.choice([5, 11, 25, 55]), "on": at.date().isoformat()}),
        lambda: ("contact.changed", {"contact": {"name": "Zoé", "email": None, "phone": "+33639980002"}}),
        lambda: ("accountant.dismissed", {}),
        lambda: (Ask.EXTEND, {}),
        lambda: ("incident.detected", {**about, **UNPAID, "amount": amount, "due_on": due_on.isoformat()}),
        lambda: ("incident.cancelled", {**about, "reason": "erreur"}),
        lambda: (Ask.PLAN, {**about, **ASKED, "instalments": instalments(at, amount)}),
    ]
    return Input(at, *chance.choices(makers, [6, 4, 2, 1, 1, 2, 4, 1, 4])[0]())


UNPAID = {"kind": "unpaid"}
ASKED = {"by": "enterprise", "note": None}


def instalments(at: datetime, amount: str) -> list[dict[str, str]]:
    days = ((at + timedelta(days=rank * 30)).date() for rank in (1, 2))
    return [{"due_on": day.isoformat(), "amount": f"{Decimal(amount) / 2:.2f}"} for day in days]


def script(seed: int) -> list[Input]:
    chance = random.Random(seed)
    first = opening(chance)
    return [first, *sorted((later(chance, first.at) for _ in range(16)), key=lambda it: it.at)]


def envelope(number: int, it: Input) -> Envelope:
    return Envelope(f"e{number}", it.type, SIREN, it.at, it.at, it.data)


def asked(number: int, it: Input) -> Request:
    return Request(f"r{number}", Ask(it.type), it.data)


def live_in_memory(inputs: list[Input], end: datetime) -> Life:
    first = fact_of(envelope(1, inputs[0]))
    assert isinstance(first, AccountOpened)
    life = Life(first, roster={"urssaf-idf": (AgentLoad("alice.martin", 0),)})
    for number, it in enumerate(inputs[1:], start=2):
        if it.type in list(Ask):
            life.until(it.at)
            life.take_step(asked(number, it))
        else:
            life.tell(fact_of(envelope(number, it)))
    return life.until(end)


async def live_for_real(town: Town, inputs: list[Input], end: datetime) -> None:
    await town.add_agent("alice.martin", "Alice Martin")
    for number, it in enumerate(inputs, start=1):
        await town.until_instant(it.at)
        if it.type in list(Ask):
            await ask(town.temporal, SIREN, asked(number, it))
            await town.quiet()
        else:
            await town.tell(it.type, time=it.at, **it.data)
    await town.until_instant(end)


def is_tidied(line: tuple[datetime, str, str]) -> bool:
    """A task closed or opened again by a fact: its line bears a clock behind that of skipped time."""
    return line[2].startswith(("Tâche sans objet", "Tâche de nouveau"))


@pytest.mark.parametrize("seed", SEEDS)
async def test_a_random_life_is_the_same_in_memory_and_on_temporal(skipped_town: Town, seed: int) -> None:
    town, inputs = skipped_town, script(seed)
    end = inputs[0].at + timedelta(days=200)
    life = live_in_memory(inputs, end)
    expected = [
        (it.at.astimezone(UTC).replace(second=0, microsecond=0), it.effect.rule, it.effect.summary)
        for it in life.happened
        if it.effect.kind in KINDS
    ]
    await live_for_real(town, inputs, end)
    async with town.engine.connect() as connection:
        rows = (await connection.execute(select(timeline).order_by(timeline.c.id))).all()
    dropped = [row for row in rows if row.summary.startswith("Message non envoyé")]
    real = [
        (row.at.replace(second=0, microsecond=0), row.rule, row.summary)
        for row in rows
        if row.kind in KINDS and row not in dropped
    ]
    assert [it for it in real if not is_tidied(it)] == [it for it in expected if not is_tidied(it)]
    assert [it[1:] for it in real if is_tidied(it)] == [it[1:] for it in expected if is_tidied(it)]


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_upcoming_is_what_then_happens_when_nothing_new_arrives(seed: int) -> None:
    inputs = script(seed)
    life = live_in_memory(inputs, inputs[-1].at)
    ahead = forecast(life.journey, life.now, life.rulebook)
    before = len(life.happened)
    life.to_the_end()
    happened = [it for it in life.happened[before:] if not isinstance(it.effect, CloseTask | ReopenTask)]
    assert [(it.at, it.effect) for it in happened] == [(it.at, it.effect) for it in ahead]
