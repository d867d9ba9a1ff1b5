"""A payment plan from its request to its end, on Temporal's time-skipping server."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from db import notes
from domain.cases import IncidentStatus, PlanStatus
from domain.requests import Ask
from domain.state import Phase
from tests.journeys.cases import ACCOUNTANT, PERIOD, ask_plan, decide, detect, given, noon, owe, pay, request, sent
from tests.journeys.test_whole_life import start
from tests.journeys.town import PARIS, SIREN, Town

OWED_ON, DUE_ON = date(2030, 10, 1), date(2030, 10, 15)
INSTALMENTS = (("2030-10-15", "400.00"), ("2030-11-15", "500.00"))


async def owing(town: Town, **account: object) -> None:
    """A firm of September 2030 that owes 900 euros on 15 October."""
    await start(town, first_hire_on="2030-08-31", **account)
    await owe(town, OWED_ON, PERIOD, DUE_ON, "900.00")


async def test_a_plan_granted_is_reminded_and_kept(skipped_town: Town) -> None:
    town = skipped_town
    await owing(town, accountant=ACCOUNTANT)
    plan = await ask_plan(town, *INSTALMENTS)
    await decide(town, plan, "accept")
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
    plan = await ask_plan(town, *INSTALMENTS)
    async with town.engine.begin() as connection:
        reason = await notes.keep(
            connection,
            siren=SIREN,
            organisation="urssaf-idf",
            subject=f"plan:{plan}",
            author="alice.martin",
            text="Votre trésorerie permet de payer à la date.",
        )
    await decide(town, plan, "refuse", note=reason.id)
    await town.until(date(2030, 10, 2))
    (mail,) = [
        it
        for it in await town.messages()
        if it.template == "plan_refused" and (it.channel, it.recipient) == ("mail", "enterprise")
    ]
    assert "La raison : Votre trésorerie permet de payer à la date." in mail.text
    assert "trésorerie" not in str(await town.journey())


async def test_a_counter_proposal_accepted_is_kept(skipped_town: Town) -> None:
    town = skipped_town
    await start(town, first_hire_on="2030-08-31", accountant=ACCOUNTANT)
    await detect(town, date(2030, 10, 16))
    plan = await ask_plan(town, ("2030-12-16", "900.00"))
    two = [{"due_on": "2030-11-18", "amount": "450.00"}, {"due_on": "2030-12-16", "amount": "450.00"}]
    await decide(town, plan, "counter", instalments=two)
    await town.until(date(2030, 10, 20))
    reply = await request(town, Ask.REPLY_TO_PLAN, plan=plan, accepted=True)
    assert (reply.status, reply.data["status"]) == (200, "running")
    await pay(town, date(2030, 11, 18), "450.00")
    await pay(town, date(2030, 12, 16), "450.00")
    await town.until(date(2030, 12, 20))
    words = {
        ("2030-10-16", "plan_received"),
        ("2030-10-17", "incident_opened"),
        ("2030-10-17", "plan_countered"),
        ("2030-10-20", "plan_accepted"),
        ("2030-11-15", "instalment_reminder"),
        ("2030-12-13", "instalment_reminder"),
        ("2030-12-17", "plan_kept"),
    }
    for channel, recipient in (("mail", "enterprise"), ("sms", "enterprise"), ("mail", "accountant")):
        left = await sent(town, channel, recipient)
        assert (set(left), len(left)) == (words, len(words))
    (incident,) = (await town.journey()).incidents.values()
    assert incident.status is IncidentStatus.PAID


async def test_silence_at_72_hours_is_escalated_where_the_policy_says_so(skipped_town: Town) -> None:
    town = skipped_town
    await owing(town)
    asked = noon(date(2030, 10, 2))
    await town.until_instant(asked)
    plan = await ask_plan(town, *INSTALMENTS)
    await town.until(date(2030, 10, 9))
    assert (await town.journey()).plans[plan].status is PlanStatus.REQUESTED
    assert await sent(town) == [("2030-10-02", "plan_received")]
    found = [it for it in await town.tasks() if it.rule == "PLN-4"]
    opened = [(it.queue, it.opened_at.astimezone(PARIS).replace(second=0, microsecond=0)) for it in found]
    assert opened == [
        ("referent", asked),
        ("referent", asked + timedelta(hours=48)),
        # Sixty-six hours end on a Saturday morning: the warning comes one hour before Friday's closing.
        ("supervisor", datetime(2030, 10, 4, 17, 30, tzinfo=PARIS)),
        ("supervisor", asked + timedelta(hours=72)),
    ]
    (promise,) = [it for it in (await town.journey()).commitments.values() if it.kind == "plan_answer"]
    assert promise.breached_at
    assert promise.met_at is None


async def test_silence_accepts_where_the_policy_says_so_and_the_breach_stays(skipped_town: Town) -> None:
    town = skipped_town
    await owing(town, organisation="urssaf-rhone-alpes")
    await town.until_instant(noon(date(2030, 10, 2)))
    plan = await ask_plan(town, *INSTALMENTS)
    await town.until(date(2030, 10, 9))
    assert (await town.journey()).plans[plan].status is PlanStatus.RUNNING
    assert await sent(town) == [("2030-10-02", "plan_received"), ("2030-10-04", "plan_accepted")]
    (promise,) = [it for it in (await town.journey()).commitments.values() if it.kind == "plan_answer"]
    assert promise.breached_at
    assert promise.met_at


async def test_a_plan_broken_at_its_third_instalment_becomes_an_incident(skipped_town: Town) -> None:
    town = skipped_town
    await owing(town)
    plan = await ask_plan(town, ("2030-10-15", "300.00"), ("2030-11-15", "300.00"), ("2030-12-16", "300.00"))
    await decide(town, plan, "accept")
    await pay(town, date(2030, 10, 15), "300.00")
    await pay(town, date(2030, 11, 15), "300.00")
    await town.until(date(2031, 1, 3))
    words = [
        ("2030-10-01", "plan_received"),
        ("2030-10-02", "plan_accepted"),
        ("2030-10-11", "instalment_reminder"),
        ("2030-11-12", "instalment_reminder"),
        ("2030-12-13", "instalment_reminder"),
        ("2030-12-20", "incident_opened"),
        ("2030-12-27", "incident_followup"),
    ]
    assert await sent(town) == await sent(town, "sms") == words
    assert (await town.journey()).plans[plan].status is PlanStatus.BROKEN
    tasks = [it for it in await given(town) if it[0] >= "2030-12"]
    assert sorted(tasks) == [("2030-12-19", "INC-3", "call"), ("2030-12-19", "PLN-7", "plan_broken")]
    (opened,) = [it for it in await town.messages() if (it.template, it.channel) == ("incident_opened", "mail")]
    assert "300,00 €" in opened.text


async def test_a_plan_outlives_the_journey(skipped_town: Town) -> None:
    town = skipped_town
    await start(town, first_hire_on="2030-08-31")
    await owe(town, date(2032, 2, 3), "2032-01", date(2032, 2, 16), "900.00")
    plan = await ask_plan(town, ("2032-02-16", "300.00"), ("2032-03-15", "600.00"), period="2032-01")
    await decide(town, plan, "accept")
    await pay(town, date(2032, 2, 16), "300.00", "2032-01")
    await town.until(date(2032, 3, 2))
    journey = await town.journey()
    assert (journey.phase, journey.plans[plan].status) == (Phase.CLOSED, PlanStatus.RUNNING)
    await pay(town, date(2032, 3, 15), "600.00", "2032-01")
    await town.until(date(2032, 4, 1))
    assert await sent(town) == [
        ("2032-02-03", "plan_received"),
        ("2032-02-04", "plan_accepted"),
        ("2032-02-13", "instalment_reminder"),
        ("2032-03-12", "instalment_reminder"),
        ("2032-03-16", "plan_kept"),
    ]
    assert ("2032-03-01", "closed") in [(it.on.isoformat(), it.template) for it in await town.messages()]
    assert (await town.journey()).plans[plan].status is PlanStatus.KEPT
