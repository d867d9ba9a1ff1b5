"""APT-5, COM-7: the enterprise sees the meetings, takes a place, gives it up, and subscribes to its agenda."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from html import unescape
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar
from sqlalchemy import update

from activities.invitations import uid_for
from config.policies import load_policies
from db import meetings, tables
from db.meetings import Planned
from db.refusals import Refused
from db.tables import events
from domain.cases import AppointmentStatus, Instalment, PlanStatus, Slot
from domain.state import CloseReason, Contribution, Phase
from notifications.wording import jour_mail, telephone
from tests.web.cases import COUNTERED, OFFERED, read
from tests.web.conftest import JOURNEY, NOW, SIREN, TODAY, URL, Pages, settings_of

PLANNED = Planned("information", "Embaucher", "2 rue de la Paix, Paris", NOW + timedelta(days=20), 90, 2)


async def announce(
    pages: Pages, meeting: str = "m-1", organisation: str = JOURNEY.organisation, **change: object
) -> str:
    async with pages.engine.begin() as connection:
        await meetings.publish(connection, organisation, meeting, replace(PLANNED, **change), NOW)  # type: ignore[arg-type]
    return pages.link("meetings")


async def press(pages: Pages, deed: str, meeting: str = "m-1") -> tuple[int, str]:
    link = pages.link("meetings")
    answer = await pages.browser.post(link, data={"acte": deed, "reunion": meeting})
    return answer.status_code, unescape(answer.text)


async def test_the_meetings_of_the_organisation_show_with_their_free_places(pages: Pages) -> None:
    link = await announce(pages)
    await announce(pages, "m-2", "urssaf-rhone-alpes", title="Ailleurs")
    text = await read(pages, link)
    on = PLANNED.starts_at.astimezone(ZoneInfo("Europe/Paris")).date()
    for shown in ("Embaucher", "Réunion d'information", "2 rue de la Paix, Paris", jour_mail(on)):
        assert shown in text
    assert "2 places libres" in text
    assert "Ailleurs" not in text


async def test_a_place_is_taken_shown_and_given_up(pages: Pages) -> None:
    link = await announce(pages)
    answer = await pages.browser.post(link, data={"acte": "inscrire", "reunion": "m-1"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{link}?fait=inscrire")
    text = await read(pages, f"{link}?fait=inscrire")
    assert "Vos inscriptions" in text
    assert "Rendre ma place" in text
    assert "M'inscrire" not in text
    assert "Embaucher" in await read(pages, pages.link("agenda"))
    assert (await press(pages, "desinscrire"))[0] == 303
    assert "1 place libre" not in await read(pages, link)
    assert [row.data["change"] for row in await pages.rows(events)] == ["registered", "left"]


async def test_a_double_click_takes_one_place(pages: Pages) -> None:
    await announce(pages)
    assert [(await press(pages, "inscrire"))[0] for _ in range(2)] == [303, 303]
    assert len(await pages.rows(events)) == 1


async def test_a_full_meeting_says_so_and_a_late_click_is_told(pages: Pages) -> None:
    link = await announce(pages, places=1)
    async with pages.engine.begin() as connection:
        await meetings.register(connection, JOURNEY.organisation, "m-1", SIREN, NOW)
        await connection.exec_driver_sql("UPDATE registrations SET siren = '552100554'")
    assert "Complet" in await read(pages, link)
    status, text = await press(pages, "inscrire")
    assert status == 409
    assert "Il ne reste plus de place" in text


async def test_nobody_registers_once_the_journey_is_over(pages: Pages) -> None:
    link = await announce(pages)
    await pages.become(phase=Phase.CLOSED, closed_at=NOW, close_reason=CloseReason.TERM)
    assert "M'inscrire" not in await read(pages, link)
    assert (await press(pages, "inscrire"))[0] == 409


async def test_what_is_no_button_of_ours_does_nothing(pages: Pages) -> None:
    await announce(pages, "m-2", "urssaf-rhone-alpes")
    assert (await press(pages, "danser"))[0] == 400
    for meeting in ("m-2", "m-9", "a\x00b", ""):
        assert (await press(pages, "inscrire", meeting))[0] == 404
    assert await pages.rows(events) == []


async def test_without_any_meeting_the_page_says_so(pages: Pages) -> None:
    assert "Aucune réunion n'est prévue" in await read(pages, pages.link("meetings"))


async def subscribed(pages: Pages) -> Calendar:
    answer = await pages.browser.get(pages.link("calendar"))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
    return Calendar.from_ical(answer.content)


async def test_the_agenda_to_subscribe_to_holds_all_that_is_ahead_and_no_amount(pages: Pages) -> None:
    due_on = TODAY + timedelta(days=12)
    due = Contribution(
        JOURNEY.account, "2026-03", due_on=due_on, amount=Decimal("931.27"), stated_at=NOW, stated_by="e"
    )
    slot = Slot("s-1", "alice.martin", NOW + timedelta(days=4), 45, ("phone",))
    booked = replace(OFFERED, status=AppointmentStatus.BOOKED, slot=slot, format="phone", booked_at=NOW)
    instalments = (Instalment(TODAY + timedelta(days=30), Decimal("300")),)
    plan = replace(COUNTERED, status=PlanStatus.RUNNING, instalments=instalments)
    await pages.become(
        contributions={due.key: due}, appointments={booked.id: booked}, plans={plan.id: plan}, accountant=False
    )
    await announce(pages)
    await press(pages, "inscrire")
    calendar = await subscribed(pages)
    found = {str(it["summary"]): it for it in calendar.walk("VEVENT")}
    assert {
        "Embaucher",
        "Rendez-vous Urssaf Île-de-France",
        "Urssaf : échéance 1 de votre délai de paiement",
        "Fin de votre parcours attentionné",
    } < set(found)
    due_dates = [it.decoded("dtstart") for name, it in found.items() if name.startswith("Urssaf : DSN et paiement")]
    assert datetime.combine(due_on, time(12), ZoneInfo("Europe/Paris")) in due_dates
    assert found["Embaucher"].decoded("dtstart") == PLANNED.starts_at.replace(microsecond=0)
    assert "931" not in calendar.to_ical().decode()
    assert "ATTENDEE" not in calendar.to_ical().decode()


async def test_an_entry_keeps_its_identity_from_one_look_to_the_next(pages: Pages) -> None:
    await announce(pages)
    await press(pages, "inscrire")
    first, second = [{str(it["uid"]) for it in (await subscribed(pages)).walk("VEVENT")} for _ in range(2)]
    assert first == second != set()


async def test_the_feed_says_how_to_be_reached_and_gives_nobody_s_number_nor_a_link_that_acts(pages: Pages) -> None:
    slot = Slot("s-1", "alice.martin", NOW + timedelta(days=4), 45, ("phone",))
    booked = replace(OFFERED, status=AppointmentStatus.BOOKED, slot=slot, format="phone", booked_at=NOW)
    await pages.become(appointments={booked.id: booked})
    await announce(pages)
    await press(pages, "inscrire")
    events_of_feed = (await subscribed(pages)).walk("VEVENT")
    found = {str(it["summary"]): str(it["description"]) for it in events_of_feed if "description" in it}
    organisation = load_policies(settings_of().policies)[JOURNEY.organisation]
    for details in (found["Embaucher"], found[f"Rendez-vous {organisation.name}"]):
        assert telephone(organisation.phone) in details
        assert organisation.email in details
        assert "/l/" not in details
        assert "06\u00a039\u00a098\u00a000\u00a001" not in details
    assert "Alice Martin" in found[f"Rendez-vous {organisation.name}"]
    assert "Par téléphone" in found[f"Rendez-vous {organisation.name}"]


async def test_what_is_only_paid_is_owed_on_the_day_and_what_is_declared_before_noon(pages: Pages) -> None:
    await pages.become(quarterly=True, contributions={})
    starts = {str(it["summary"]): it.decoded("dtstart") for it in (await subscribed(pages)).walk("VEVENT")}
    declared = [it for name, it in starts.items() if name.startswith("Urssaf : DSN")]
    paid = [it for name, it in starts.items() if name.startswith("Urssaf : Paiement")]
    assert {it.astimezone(ZoneInfo("Europe/Paris")).time() for it in declared} == {time(12)}
    assert {type(it) for it in paid} <= {date}


async def test_what_the_feed_says_of_a_meeting_is_what_its_invitation_says(pages: Pages) -> None:
    await announce(pages)
    for deed in ("inscrire", "desinscrire", "inscrire"):
        await press(pages, deed)
    (entry,) = [it for it in (await subscribed(pages)).walk("VEVENT") if str(it["summary"]) == "Embaucher"]
    (*_, told) = await pages.rows(events)
    assert (str(entry["uid"]), int(str(entry["sequence"]))) == (uid_for(SIREN, "m-1"), told.data["sequence"])


@pytest.mark.parametrize("page", ["meetings", "agenda"])
async def test_the_address_to_subscribe_to_is_on_the_page_and_does_nothing(pages: Pages, page: str) -> None:
    text = await read(pages, pages.link(page))
    address = text.split('<p class="text"><a href="')[1].split('"')[0]
    assert address.startswith(f"{URL}/l/")
    assert f'href="webcal://{address.partition("://")[2]}"' in text
    assert (await pages.browser.get(address)).headers["content-type"].startswith("text/calendar")
    assert (await pages.browser.post(address, data={})).status_code == 405


async def test_a_meeting_of_the_end_of_time_that_was_stored_once_breaks_no_agenda(pages: Pages) -> None:
    link = await announce(pages)
    await press(pages, "inscrire")
    ends_too_late = datetime(9999, 12, 31, 22, 30, tzinfo=UTC)
    async with pages.engine.begin() as connection:
        await connection.execute(update(tables.meetings).values(starts_at=ends_too_late))
    for path in (link, pages.link("agenda"), pages.link("calendar")):
        assert (await pages.browser.get(path)).status_code == 200, path


async def test_a_meeting_is_announced_three_years_ahead_at_most(pages: Pages) -> None:
    for starts_at in (NOW + timedelta(days=1200), datetime(9999, 12, 31, 22, 30, tzinfo=UTC)):
        with pytest.raises(Refused, match="trois ans"):
            await announce(pages, starts_at=starts_at)
