"""The agenda: a week, what is offered in it, and days away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from db.slots import Published
from db.tables import agents, cases, journeys, slots
from domain.requests import Ask
from tests.domain.rules.life import MODEST, RULEBOOK
from tests.web.console.conftest import Browser
from tests.web.console.town import Town, at
from web.console.availability import Wish, agenda_with

CALENDAR = RULEBOOK.current["urssaf-idf"].calendar
PARIS = ZoneInfo("Europe/Paris")


def next_monday() -> date:
    today = datetime.now(PARIS).date()
    return today + timedelta(days=7 - today.weekday())


def path() -> str:
    return f"/console/agenda?semaine={next_monday()}"


async def published(town: Town, agent: str = "alice.martin") -> list[datetime]:
    """The slots of an agent in the week that begins next Monday, in local time."""
    start = datetime.combine(next_monday(), time(), PARIS)
    query = select(slots.c.starts_at).where(
        slots.c.agent == agent, slots.c.starts_at.between(start, start + timedelta(7))
    )
    async with town.engine.connect() as connection:
        found = (await connection.scalars(query.order_by(slots.c.starts_at))).all()
    return [it.astimezone(PARIS) for it in found]


async def publish(browser: Browser, **form: Any) -> Any:
    asked = {"action": "publie", "jours": ["2"], "de": "09:00", "a": "11:00", "minutes": "30", "formats": ["phone"]}
    return await browser.send(path(), **{**asked, **form})


async def test_an_agent_publishes_half_days_and_sees_them(alice: Browser, town: Town) -> None:
    assert (await publish(alice)).status_code == 303
    wednesday = next_monday() + timedelta(days=2)
    expected = [(wednesday, time(9)), (wednesday, time(9, 30)), (wednesday, time(10)), (wednesday, time(10, 30))]
    assert [(it.date(), it.time()) for it in await published(town) if it.date() == wednesday] == expected
    assert "par téléphone" in await alice.read(path())


async def test_other_days_and_booked_slots_stay(alice: Browser, town: Town) -> None:
    days = (next_monday() - datetime.now(PARIS).date()).days
    await town.publish(at(days, 14), at(days + 2, 9, 60))
    firm = town.firm("Resto La Louche")
    reply = await town.request(firm.siren, Ask.APPOINTMENT, kind="other")
    async with town.engine.connect() as connection:
        wanted = await connection.scalar(
            select(slots.c.id).where(slots.c.minutes == 60, slots.c.agent == "alice.martin")
        )
    booked = await town.request(firm.siren, Ask.BOOK, appointment=reply.data["id"], slot=wanted, format="phone")
    assert booked.status == 200
    await publish(alice)
    hours = [it.strftime("%a %H:%M") for it in await published(town)]
    assert hours == ["Mon 14:00", "Wed 09:00", "Wed 10:00", "Wed 10:30"]
    assert "Resto La Louche" in await alice.read(path())


async def test_an_enterprise_that_was_transferred_keeps_its_place_in_the_week(alice: Browser, town: Town) -> None:
    days = (next_monday() - datetime.now(PARIS).date()).days
    await town.publish(at(days + 2, 9, 60))
    firm = town.firm("Resto La Louche")
    reply = await town.request(firm.siren, Ask.APPOINTMENT, kind="other")
    async with town.engine.begin() as connection:
        wanted = await connection.scalar(select(slots.c.id).where(slots.c.minutes == 60))
    await town.request(firm.siren, Ask.BOOK, appointment=reply.data["id"], slot=wanted, format="phone")
    async with town.engine.begin() as connection:
        for table in (journeys, cases):
            theirs = update(table).where(table.c.siren == firm.siren)
            await connection.execute(theirs.values(organisation="urssaf-rhone-alpes"))
    assert "passée à un autre organisme" in await alice.read(path())


async def test_free_slots_of_a_day_are_withdrawn(alice: Browser, town: Town) -> None:
    await publish(alice)
    await alice.send(path(), action="vide", jours=["2"])
    assert [it for it in await published(town) if it.date() == next_monday() + timedelta(days=2)] == []


async def test_what_is_missing_is_said_and_the_rest_stays_filled(alice: Browser) -> None:
    for form, words in (
        ({"jours": []}, "un jour"),
        ({"a": "08:00"}, "heure de fin"),
        ({"de": "09:00+02:00"}, "heure de début"),
        ({"formats": []}, "une forme"),
    ):
        answer = await publish(alice, **form)
        assert answer.status_code == 422
        assert words in answer.text
        assert "Erreur" in answer.text


async def test_an_absence_is_noted_and_taken_back(alice: Browser, town: Town) -> None:
    away = {"du": str(next_monday()), "au": str(next_monday() + timedelta(days=1))}
    await alice.send(path(), action="absence", **away)
    assert (await alice.read(path())).count("Absence<") == 2
    await alice.send(path(), action="retour", **away)
    async with town.engine.connect() as connection:
        assert await connection.scalar(select(agents.c.absences).where(agents.c.agent == "alice.martin")) == []


async def test_an_agent_changes_only_his_or_her_own_agenda(
    alice: Browser, town: Town, sign_in: Callable[..., Browser]
) -> None:
    before = await published(town, "karim.benali")
    await alice.send(f"{path()}&agent=karim.benali", action="vide", jours=["0", "1", "2", "3", "4"])
    assert await published(town, "karim.benali") == before
    supervisor = sign_in("supervisor", agent=None)
    assert "Karim Benali" in await supervisor.read(f"{path()}&agent=karim.benali")
    asked = {"action": "publie", "jours": ["2"], "de": "16:00", "a": "16:30", "minutes": "30", "formats": ["video"]}
    await supervisor.send(f"{path()}&agent=karim.benali", **asked)
    assert "Wed 16:00" in [it.strftime("%a %H:%M") for it in await published(town, "karim.benali")]


async def test_nobodys_agenda_takes_no_slot_and_shows_no_form(town: Town, sign_in: Callable[..., Browser]) -> None:
    supervisor = sign_in("supervisor", agent=None)
    for whose in ("", "&agent=personne.inconnue"):
        page = await supervisor.read(path() + whose)
        assert "Choisissez un conseiller" in page
        assert "Publier des disponibilités" not in page
        for action in ("publie", "vide", "absence", "retour"):
            form = {"action": action, "jours": ["2"], "de": "09:00", "a": "11:00", "minutes": "30"}
            away = {"formats": ["phone"], "du": str(next_monday()), "au": str(next_monday())}
            assert (await supervisor.send(path() + whose, **form, **away)).status_code == 404
    async with town.engine.connect() as connection:
        known = select(agents.c.agent).where(agents.c.organisation == "urssaf-idf")
        strangers = select(slots.c.id).where(slots.c.organisation == "urssaf-idf", slots.c.agent.not_in(known))
        assert (await connection.scalars(strangers)).all() == []


async def test_an_agent_not_yet_written_down_publishes_all_the_same(
    town: Town, sign_in: Callable[..., Browser]
) -> None:
    newcomer = sign_in(agent="nadia.lopez")
    assert "Publier des disponibilités" in await newcomer.read(path())
    assert (await publish(newcomer)).status_code == 303
    assert len(await published(town, "nadia.lopez")) == 4


@MODEST
@given(st.lists(st.integers(0, 4), min_size=1), st.integers(0, 23), st.integers(1, 12), st.sampled_from([15, 30, 45]))
def test_slots_drawn_never_overlap_and_stay_within_the_hours(
    days: list[int], opens: int, hours: int, minutes: int
) -> None:
    wished = tuple(dict.fromkeys(date(2026, 10, 19) + timedelta(days=day) for day in days))
    closes = time(min(opens + hours, 23), 59)
    drawn = agenda_with((), (), Wish(wished, time(opens), closes, minutes, ("phone",)), CALENDAR)
    ordered = sorted(drawn, key=lambda it: it.starts_at)
    for one, following in pairwise(ordered):
        assert one.starts_at + timedelta(minutes=minutes) <= following.starts_at
    assert all(_within(it, time(opens), closes) for it in drawn)


def _within(it: Published, opens: time, closes: time) -> bool:
    local = it.starts_at.astimezone(PARIS)
    return opens <= local.time() and (local + timedelta(minutes=it.minutes - 1)).time() <= closes
