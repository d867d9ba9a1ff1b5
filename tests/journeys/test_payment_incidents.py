"""Payment incidents from the first word to the end, on Temporal's time-skipping server."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from db import notes
from domain.cases import AppointmentStatus, IncidentStatus
from domain.requests import Ask
from domain.rules.answers import requests_of
from tests.journeys.cases import ACCOUNTANT, PERIOD, ask_plan, decide, detect, given, noon, pay, request, sent, told
from tests.journeys.test_whole_life import start
from tests.journeys.town import ACCOUNT, PARIS, SIREN, Town

FIRST = date(2030, 10, 16)
THREE = ((FIRST, PERIOD, "2030-10-15"), (date(2030, 11, 18), "2030-10", "2030-11-15"))
THIRD = (date(2030, 12, 17), "2030-11", "2030-12-16")


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
    rules = ("INC", "MED")
    assert await told(town, "mail", rules=rules) == await told(town, "sms", rules=rules) == words
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
        await pay(town, date(2030, 10, 18), amount, period)
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


async def test_a_refund_answered_in_writing_keeps_the_promise(skipped_town: Town) -> None:
    town = skipped_town
    await start(town, first_hire_on="2030-08-31")
    await town.until(date(2030, 10, 2))
    await town.tell("refund.owed", time=noon(date(2030, 10, 2)), account=ACCOUNT, period=PERIOD, amount="50.00")
    await town.until(date(2030, 10, 3))
    [asked] = requests_of(await town.journey())
    async with town.engine.begin() as connection:
        subject = {"siren": SIREN, "organisation": "urssaf-idf", "subject": "answer", "author": "alice.martin"}
        note = await notes.keep(connection, text="La somme est remboursée sur votre compte.", **subject)
    reply = await request(town, Ask.ANSWER, request=asked.id, note=note.id, by="alice.martin")
    assert reply.status == 200
    await town.until(date(2030, 10, 10))
    (promise,) = [it for it in (await town.journey()).commitments.values() if it.kind == "refund"]
    assert (promise.met_at is not None, promise.breached_at) == (True, None)
    [answer] = [it for it in await town.messages() if it.template == "request_answer"]
    assert "remboursée sur votre compte" in answer.text


async def test_the_decision_on_a_remission_is_told_in_writing_and_its_reason_kept_out_of_the_state(
    skipped_town: Town,
) -> None:
    town = skipped_town
    await start(town, first_hire_on="2030-08-31", accountant=ACCOUNTANT)
    await detect(town, FIRST)
    await pay(town, date(2030, 10, 28), "900.00")
    await town.until(date(2030, 10, 30))
    reason = "La gérante était à l'hôpital."
    said = {"account": ACCOUNT, "period": PERIOD, "granted": True, "amount": "45.00", "reason": reason}
    await town.tell("remission.decided", time=noon(date(2030, 10, 30)), **said)
    await town.until(date(2030, 11, 5))
    letters = [it for it in await town.messages() if it.template == "remission_decided"]
    assert sorted((it.channel, it.recipient) for it in letters) == [
        ("mail", "accountant"),
        ("mail", "enterprise"),
        ("sms", "enterprise"),
    ]
    assert [it.text for it in letters if "45,00" not in it.text] == []
    assert all(("hôpital" in it.text) == (it.channel == "mail") for it in letters)
    journey = await town.journey()
    assert "hôpital" not in repr(journey)
    assert [it.over for it in journey.tasks.values() if it.about.startswith("remission:")] == [True]


@pytest.mark.parametrize("accountant", [None, ACCOUNTANT], ids=["alone", "with an accountant"])
async def test_a_first_incident_paid_at_day_12_ends_with_thanks(skipped_town: Town, accountant: object) -> None:
    town = skipped_town
    await start(town, first_hire_on="2030-08-31", accountant=accountant)
    await detect(town, FIRST)
    await pay(town, date(2030, 10, 28), "900.00")
    await town.until(date(2030, 12, 1))
    words = [("2030-10-17", "incident_opened"), ("2030-10-24", "incident_followup"), ("2030-10-29", "incident_paid")]
    assert await sent(town) == words
    assert await sent(town, "sms") == words[:2]
    assert await sent(town, recipient="accountant") == (words if accountant else [])
    call = [] if accountant else [("2030-10-16", "INC-3", "call")]
    assert [it for it in await given(town) if it[1] != "APT-4"] == [*call, ("2030-10-28", "INC-8", "remission")]


async def _three_incidents(town: Town, accountant: object) -> None:
    await start(town, first_hire_on="2030-08-31", accountant=accountant)
    for seen, period, due_on in THREE:
        await detect(town, seen, period, due_on=due_on)
        await pay(town, seen.replace(day=20), "900.00", period)


async def test_a_third_incident_alone_brings_an_appointment_within_eight_working_days(skipped_town: Town) -> None:
    town = skipped_town
    await _three_incidents(town, None)
    seen, period, due_on = THIRD
    slot = await town.publish("alice.martin", datetime(2030, 12, 20, 10, tzinfo=PARIS))
    await detect(town, seen, period, due_on=due_on)
    offered = [it for it in (await town.journey()).appointments.values() if it.kind == "priority"][-1]
    assert offered.is_offered
    await town.until_instant(noon(date(2030, 12, 18)))
    reply = await request(town, Ask.BOOK, appointment=offered.id, slot=slot, format="phone")
    assert reply.status == 200, reply.detail
    await town.until(date(2030, 12, 19))
    assert [it for it in await sent(town) if it[0] >= "2030-12"] == [
        ("2030-12-18", "incident_opened"),
        ("2030-12-18", "appointment_offer"),
        ("2030-12-18", "appointment_booked"),
        ("2030-12-18", "appointment_reminder"),
    ]
    await town.until_instant(noon(date(2030, 12, 20)))
    await request(town, Ask.OUTCOME, appointment=offered.id, status="held", by="alice.martin")
    journey = await town.journey()
    assert journey.appointments[offered.id].status is AppointmentStatus.HELD
    (promise,) = [it for it in journey.commitments.values() if it.met_at and it.kind == "priority_appointment"]
    assert promise.due_at == datetime(2030, 12, 30, 18, 30, tzinfo=PARIS)
    assert promise.breached_at is None


async def test_a_third_incident_with_an_accountant_is_told_to_the_accountant_and_the_referent(
    skipped_town: Town,
) -> None:
    town = skipped_town
    await _three_incidents(town, ACCOUNTANT)
    seen, period, due_on = THIRD
    await detect(town, seen, period, due_on=due_on)
    await town.until(date(2030, 12, 19))
    assert [it for it in await sent(town, recipient="accountant") if it[0] >= "2030-12"] == [
        ("2030-12-18", "incident_opened"),
        ("2030-12-18", "incident_repeated"),
    ]
    assert (await given(town))[-1] == ("2030-12-18", "INC-4", "call")
    assert (await town.journey()).appointments == {}


async def test_a_formal_notice_in_the_middle_is_explained_and_a_plan_still_ends_it(skipped_town: Town) -> None:
    town = skipped_town
    await start(town, first_hire_on="2030-08-31")
    await detect(town, FIRST)
    await town.until(date(2030, 10, 22))
    served = {"amount": "900.00", "served_on": "2030-10-21", "reply_by": "2030-11-21"}
    await town.tell("notice.served", time=noon(date(2030, 10, 22)), account=ACCOUNT, period=PERIOD, **served)
    await town.until(date(2030, 10, 24))
    await decide(town, await ask_plan(town, ("2030-11-18", "900.00")), "accept")
    await pay(town, date(2030, 11, 15), "900.00")
    await town.until(date(2030, 11, 25))
    words = [
        ("2030-10-17", "incident_opened"),
        ("2030-10-23", "notice_served"),
        ("2030-10-24", "plan_received"),
        ("2030-10-25", "plan_accepted"),
        ("2030-11-15", "instalment_reminder"),
        ("2030-11-18", "plan_kept"),
    ]
    assert await sent(town) == await sent(town, "sms") == words
    assert ("2030-10-22", "INC-10", "call") in await given(town)
    held = [it.summary for it in await town.timeline() if it.rule == "INC-6"]
    assert [it.split(" : ")[1] for it in held] == [
        "une demande de délai attend sa réponse",
        "un délai de paiement court",
        "la dette est réglée",
    ]
