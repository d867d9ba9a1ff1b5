"""A payment plan from its request to its end, on Temporal's time-skipping server."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from db import notes
from domain.cases import PlanStatus
from domain.requests import Ask, Reply, Request
from tests.journeys.test_whole_life import start
from tests.journeys.town import ACCOUNT, PARIS, SIREN, Town
from workflows.client import ask

PERIOD = "2030-09"
INSTALMENTS = [{"due_on": "2030-10-15", "amount": "400.00"}, {"due_on": "2030-11-15", "amount": "500.00"}]


async def owing(town: Town) -> None:
    """A firm of September 2030 that owes 900 euros on 15 October."""
    accountant = {"name": "Cabinet Exemple", "email": "cabinet@example.org", "phone": None}
    await start(town, first_hire_on="2030-08-31", accountant=accountant)
    await town.until(date(2030, 10, 1))
    await town.tell("contribution.due", account=ACCOUNT, period=PERIOD, due_on="2030-10-15", amount="900.00")


async def request(town: Town, what: Ask, **data: Any) -> Reply:
    reply = await ask(town.temporal, SIREN, Request(f"{what}-1", what, {"note": None, "by": "enterprise", **data}))
    await town.quiet()
    return reply


async def pay(town: Town, on: date, amount: str) -> None:
    await town.until(on)
    at = datetime(on.year, on.month, on.day, 12, tzinfo=PARIS)
    await town.tell(
        "payment.received", time=at, account=ACCOUNT, period=PERIOD, amount=amount, received_on=on.isoformat()
    )


async def test_a_plan_granted_is_reminded_and_kept(skipped_town: Town) -> None:
    town = skipped_town
    await owing(town)
    asked = await request(town, Ask.PLAN, period=PERIOD, instalments=INSTALMENTS)
    assert asked.status == 201, asked.detail
    plan = asked.data["id"]
    assert (await request(town, Ask.DECIDE_PLAN, plan=plan, decision="accept", by="alice.martin")).status == 200
    await pay(town, date(2030, 10, 14), "400.00")
    await pay(town, date(2030, 11, 13), "500.00")
    await town.until(date(2030, 11, 18))

    told = [it for it in await town.messages() if it.rule.startswith("PLN") and it.recipient == "enterprise"]
    assert [(it.on.isoformat(), it.template, it.status) for it in told if it.channel == "mail"] == [
        ("2030-10-01", "plan_received", "delivered"),
        ("2030-10-02", "plan_accepted", "delivered"),
        ("2030-10-11", "instalment_reminder", "delivered"),
        ("2030-11-12", "instalment_reminder", "delivered"),
        ("2030-11-14", "plan_kept", "delivered"),
    ]
    assert len([it for it in told if it.channel == "sms"]) == len(told) / 2
    assert not [it for it in await town.messages() if it.rule == "REM-2" and it.on.month == 10]
    assert (await town.journey()).plans[plan].status is PlanStatus.KEPT


async def test_a_refusal_says_the_reason_an_agent_wrote(skipped_town: Town) -> None:
    town = skipped_town
    await owing(town)
    plan = (await request(town, Ask.PLAN, period=PERIOD, instalments=INSTALMENTS)).data["id"]
    async with town.engine.begin() as connection:
        reason = await notes.keep(
            connection,
            siren=SIREN,
            organisation="urssaf-idf",
            subject=f"plan:{plan}",
            author="alice.martin",
            text="Votre trésorerie permet de payer à la date.",
        )
    await request(town, Ask.DECIDE_PLAN, plan=plan, decision="refuse", note=reason, by="alice.martin")
    await town.until(date(2030, 10, 2))
    (mail,) = [
        it
        for it in await town.messages()
        if it.template == "plan_refused" and (it.channel, it.recipient) == ("mail", "enterprise")
    ]
    assert "La raison : Votre trésorerie permet de payer à la date." in mail.text
    assert "trésorerie" not in str(await town.journey())
