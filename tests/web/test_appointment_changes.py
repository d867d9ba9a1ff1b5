"""APT-2, COM-7: an appointment already taken is moved, given up, put in a calendar."""

from __future__ import annotations

from datetime import timedelta
from html import unescape
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar
from sqlalchemy import update

from db.tables import enterprises
from domain.cases import AppointmentStatus, Slot
from domain.requests import Ask
from notifications.wording import jour_mail
from tests.web.cases import BRUNO, DOWN, Steps, at, choose, ids, offer, publish, read
from tests.web.conftest import NOW, TODAY, Pages

PARIS = ZoneInfo("Europe/Paris")
PAST = Slot("past", "alice.martin", NOW - timedelta(hours=1), 30, ("phone",))


@pytest.fixture
async def taken(pages: Pages, steps: Steps) -> str:
    """The link of an appointment booked in three days by video, another slot being free the day after."""
    first, _ = await publish(pages, at(3, 14), at(4, 9))
    link = await offer(pages)
    assert (await choose(pages, link, first)).status_code == 303
    steps.asked.clear()
    return link


async def test_the_slot_held_is_not_offered_when_moving(pages: Pages, taken: str) -> None:
    text = await read(pages, f"{taken}?deplacer")
    assert f"{jour_mail(TODAY + timedelta(days=3))} à\u00a014\u00a0h" in text
    assert "Il reste réservé tant que vous n'en choisissez pas un autre" in text
    assert text.count('type="radio"') == 3
    assert "Garder mon rendez-vous" in text


async def test_moving_takes_the_new_slot_and_frees_the_old_one(pages: Pages, steps: Steps, taken: str) -> None:
    first, second = await publish(pages, at(3, 14), at(4, 9))
    answer = await choose(pages, taken, second, "in_person", "deplacer")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{taken}?fait")
    (request,) = steps.asked
    assert (request.ask, request.data["slot"], request.data["format"]) == (Ask.RESCHEDULE, second.id, "in_person")
    text = await read(pages, answer.headers["location"])
    assert f"{jour_mail(TODAY + timedelta(days=4))} à\u00a09\u00a0h" in text
    assert "22 rue des Modèles" in text
    assert first.id in await read(pages, f"{taken}?deplacer")


async def test_a_slot_taken_meanwhile_leaves_the_appointment_as_it_is(pages: Pages, steps: Steps, taken: str) -> None:
    (gone,) = await publish(pages, at(5), agent=BRUNO)
    await publish(pages, agent=BRUNO)
    answer = await choose(pages, taken, gone, act="deplacer")
    assert answer.status_code == 409
    assert "n'est pas libre" in unescape(answer.text)
    assert f"{jour_mail(TODAY + timedelta(days=3))} à\u00a014\u00a0h" in await read(pages, taken)


async def test_when_nothing_else_is_free_moving_says_whom_to_ask(pages: Pages, taken: str) -> None:
    await publish(pages)
    text = await read(pages, f"{taken}?deplacer")
    assert "Alice Martin peut vous en trouver un autre" in text
    assert "Garder mon rendez-vous" in text
    assert "<form" not in text


async def test_giving_up_asks_first_and_frees_the_slot(pages: Pages, steps: Steps, taken: str) -> None:
    asked = await read(pages, f"{taken}?annuler")
    assert "Annuler votre premier rendez-vous\u00a0?" in asked
    assert "Non, le garder" in asked
    for _ in range(2):
        answer = await pages.browser.post(taken, data={"acte": "annuler", "vue": "second"})
        assert (answer.status_code, answer.headers["location"]) == (303, f"{taken}?fait")
    assert len(set(ids(steps.asked))) == 1
    text = await read(pages, taken)
    assert "Votre premier rendez-vous est annulé" in text
    assert "?agenda" not in text


async def test_booking_again_what_is_booked_shows_it(pages: Pages, steps: Steps, taken: str) -> None:
    (other,) = await publish(pages, at(4, 9), agent=BRUNO)
    answer = await choose(pages, taken, other)
    assert answer.status_code == 409
    text = unescape(answer.text)
    assert "est déjà pris" in text
    assert f"{jour_mail(TODAY + timedelta(days=3))} à\u00a014\u00a0h" in text


async def test_the_calendar_entry_is_the_one_of_the_confirmation(pages: Pages, taken: str) -> None:
    answer = await pages.browser.get(f"{taken}?agenda")
    assert answer.headers["content-type"].startswith("text/calendar")
    assert "rendez-vous.ics" in answer.headers["content-disposition"]
    calendar = Calendar.from_ical(answer.text)
    (event,) = calendar.walk("VEVENT")
    assert (calendar["METHOD"], event["UID"], event["SEQUENCE"]) == ("REQUEST", "rdv-1@parcours", 0)
    local = event.decoded("DTSTART").astimezone(PARIS)
    assert (local.date(), local.hour, local.minute) == (TODAY + timedelta(days=3), 14, 0)
    assert event["LOCATION"] == "En visioconférence"
    assert taken in event["DESCRIPTION"]
    assert "Avec Alice Martin" in event["DESCRIPTION"]
    assert "method=REQUEST" in answer.headers["content-type"]


async def test_without_an_address_there_is_no_entry_to_download(pages: Pages, taken: str) -> None:
    async with pages.engine.begin() as connection:
        await connection.execute(update(enterprises).values(email=None))
    assert "?agenda" not in await read(pages, taken)
    assert (await pages.browser.get(f"{taken}?agenda")).status_code == 404


async def test_a_host_known_to_be_away_is_said(pages: Pages) -> None:
    (slot,) = await publish(pages, at(3))
    link = await offer(pages, status=AppointmentStatus.BOOKED, slot=slot, format="video", unattended_since=NOW)
    text = await read(pages, link)
    assert "Alice Martin ne sera pas là ce jour-là" in text


async def test_an_appointment_whose_time_has_come_can_no_longer_change(pages: Pages, steps: Steps) -> None:
    link = await offer(pages, status=AppointmentStatus.BOOKED, slot=PAST, format="phone")
    for query in ("", "?deplacer", "?annuler"):
        text = await read(pages, link + query)
        assert "Ce moment est passé" in text
        assert "01\u00a099\u00a000\u00a000\u00a001" in text
        assert "<form" not in text
    assert (await pages.browser.post(link, data={"acte": "annuler"})).status_code == 409
    assert steps.asked == []


@pytest.mark.parametrize("query", ["", "?deplacer", "?annuler", "?agenda", "?fait"])
async def test_reading_changes_nothing(pages: Pages, taken: str, query: str) -> None:
    before = await pages.content()
    assert (await pages.browser.get(taken + query)).status_code == 200
    assert (await pages.browser.head(taken + query)).status_code == 200
    assert await pages.content() == before


@pytest.mark.parametrize("act", ["deplacer", "annuler"])
async def test_a_change_without_an_answer_can_be_asked_again(pages: Pages, steps: Steps, taken: str, act: str) -> None:
    (free,) = await publish(pages, at(6), agent=BRUNO)
    steps.failure = DOWN
    answer = await choose(pages, taken, free, act=act)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
    assert taken in answer.text


async def test_a_visit_is_chosen_and_said_to_be_in_the_enterprise(pages: Pages, steps: Steps) -> None:
    (visit,) = await publish(pages, at(3, 14, "on_site"))
    link = await offer(pages)
    assert "votre contact vient dans vos locaux" in await read(pages, link)
    assert (await choose(pages, link, visit, "on_site")).status_code == 303
    assert steps.asked[-1].data["format"] == "on_site"
    for shown in (link, pages.link("agenda")):
        assert "Dans vos locaux\u00a0: votre contact vous en demande l'adresse" in await read(pages, shown)
    assert "LOCATION:Dans vos locaux" in (await pages.browser.get(f"{link}?agenda")).text
