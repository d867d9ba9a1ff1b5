"""A firm that grows, one that moves, one served a writ, one asked its opinion, on Temporal's time-skipping server."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from db import meetings, notes, worklist
from db.meetings import Planned
from db.tenancy import as_organisation
from db.worklist import Filters
from domain.requests import Ask
from domain.rules.answers import requests_of
from domain.state import Phase
from tests.journeys.cases import PERIOD, detect, given, noon, pay, request, sent
from tests.journeys.test_whole_life import start
from tests.journeys.town import ACCOUNT, PARIS, SIREN, Town


async def test_growth_is_met_once_and_the_threshold_explained_once(skipped_town: Town) -> None:
    town = skipped_town
    await start(town, first_hire_on="2030-08-31", headcount=4)
    partners = Planned("partners", "Rencontre", "Lyon", datetime(2030, 11, 20, 14, tzinfo=PARIS), 90, 30)
    async with town.engine.begin() as connection:
        await meetings.publish(connection, "urssaf-idf", "m-1", partners, datetime(2030, 9, 2, tzinfo=PARIS))
    for day, number in (
        (date(2030, 10, 1), 9),
        (date(2030, 11, 4), 11),
        (date(2030, 12, 2), 10),
        (date(2031, 1, 6), 12),
    ):
        await town.until(day)
        await town.tell("headcount.changed", time=noon(day), headcount=number, on=day.isoformat())
    await town.until(date(2031, 1, 10))
    letters = [it for it in await town.messages() if it.rule.startswith("THR")]
    told = [(it.on.isoformat(), it.template) for it in letters]
    assert "Rencontre, le mercredi 20 novembre 2030 à 14 h" in letters[0].text
    assert told == [("2030-10-02", "appointment_offer"), ("2030-11-05", "threshold_11")]
    tasks = [(it.rule, it.kind) for it in await town.tasks() if it.rule.startswith("THR")]
    assert tasks == [("THR-2", "partner_meeting")]


async def test_a_transferred_journey_goes_on_elsewhere_under_the_other_policy(skipped_town: Town) -> None:
    town = skipped_town
    await start(town, first_hire_on="2030-08-31")
    await town.until(date(2030, 10, 1))
    moved = {"account": ACCOUNT, "to_organisation": "urssaf-rhone-alpes", "on": "2030-10-21"}
    await town.tell("account.transferred", time=noon(date(2030, 10, 1)), **moved)
    await town.until(date(2030, 11, 15))
    journey = await town.journey()
    assert (journey.organisation, journey.phase) == ("urssaf-rhone-alpes", Phase.ACTIVE)
    reminded = [it.on.isoformat() for it in await town.messages() if it.rule == "REM-2" and it.channel == "mail"]
    # The other organisation reminds five days before.
    assert reminded == ["2030-09-13", "2030-10-11", "2030-11-08"]
    assert [it.kind for it in await town.tasks() if it.rule == "ENR-3"] == ["assign_referent"]


async def test_the_organisation_an_enterprise_moves_to_keeps_the_promise_of_the_former(skipped_town: Town) -> None:
    town = skipped_town
    await start(town, first_hire_on="2030-08-31")
    await town.until(date(2030, 10, 20))
    moved = {"account": ACCOUNT, "to_organisation": "urssaf-rhone-alpes", "on": "2030-10-21"}
    await town.tell("account.transferred", time=noon(date(2030, 10, 20)), **moved)
    assert (await request(town, Ask.MEDIATION)).status == 201
    await town.until(date(2030, 10, 21))
    async with as_organisation(town.engine, "urssaf-rhone-alpes") as connection:
        rows = await worklist.page(connection, "urssaf-rhone-alpes", Filters(status="open"), None, 50)
        assert [it.kind for it in rows if it.kind == "mediation"] == ["mediation"]
        subject = {"siren": SIREN, "organisation": "urssaf-rhone-alpes", "subject": "answer", "author": "denis"}
        note = await notes.keep(connection, text="Votre dossier est relu.", **subject)
    [asked] = requests_of(await town.journey())
    assert (await request(town, Ask.ANSWER, request=asked.id, note=note.id, by="denis")).status == 200
    await town.until(date(2030, 10, 24))
    (promise,) = [it for it in (await town.journey()).commitments.values() if it.kind == "request"]
    assert (promise.met_at is not None, promise.breached_at) == (True, None)


async def test_a_writ_is_explained_and_called_about_the_next_working_day(skipped_town: Town) -> None:
    town = skipped_town
    await start(town, first_hire_on="2030-08-31")
    await detect(town, date(2030, 10, 16))
    for day, kind, reply_by in (
        (date(2030, 11, 20), "notice.served", "2030-12-20"),
        (date(2031, 1, 15), "writ.served", "2031-01-30"),
    ):
        await town.until(day)
        served = {"amount": "900.00", "served_on": day.isoformat(), "reply_by": reply_by}
        await town.tell(kind, time=noon(day), account=ACCOUNT, period=PERIOD, **served)
    await town.until(date(2031, 1, 17))
    assert ("2031-01-16", "writ_served") in await sent(town)
    (call,) = [it for it in await town.tasks() if it.opened_at.date() == date(2031, 1, 15)]
    assert (call.rule, call.kind, call.due_at.date()) == ("INC-10", "call", date(2031, 1, 16))
    contacts = [it for it in (await town.journey()).commitments.values() if it.kind == "amicable_contact"]
    assert [(it.met_at is not None, it.breached_at) for it in contacts] == [(True, None), (True, None)]


async def test_legal_security_is_asked_for_and_mediation_waits_for_an_appeal(skipped_town: Town) -> None:
    town = skipped_town
    await start(town, first_hire_on="2030-08-31")
    asked = await request(town, Ask.APPOINTMENT, kind="legal_security")
    assert (asked.status, asked.rule) == (201, "REG-2")
    day = date(2030, 10, 1)
    await town.until(day)
    await town.tell("appeal.opened", time=noon(day), reference="R1", on=day.isoformat())
    assert (await request(town, Ask.MEDIATION)).status == 409
    await town.tell("appeal.closed", time=noon(date(2030, 10, 2)), reference="R1", on="2030-10-02")
    assert (await request(town, Ask.MEDIATION)).status == 201
    assert [kind for _, rule, kind in await given(town) if rule == "MED-1"] == ["mediation"]


async def test_after_an_incident_the_enterprise_is_asked_its_opinion_once(skipped_town: Town) -> None:
    town = skipped_town
    await start(town, first_hire_on="2030-08-31")
    for seen, period, due_on in (
        (date(2030, 10, 16), PERIOD, "2030-10-15"),
        (date(2030, 11, 19), "2030-10", "2030-11-15"),
    ):
        await detect(town, seen, period, due_on=due_on)
        await pay(town, seen + timedelta(days=2), "900.00", period)
    await town.until(date(2030, 12, 1))
    (survey,) = [it for it in await town.messages() if it.rule == "SAT-1"]
    assert (survey.on, survey.channel, survey.status) == (date(2030, 10, 21), "mail", "delivered")
    assert "http://127.0.0.1:8000/l/" in survey.text
