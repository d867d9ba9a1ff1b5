"""The meetings at the console: announced by supervisors, read by agents, who register enterprises."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from db.tables import events, meetings
from tests.web.console.conftest import Browser
from tests.web.console.town import Town

PARIS = ZoneInfo("Europe/Paris")
ON = datetime.now(PARIS).date() + timedelta(days=20)
MEETINGS, LOUCHE = "/console/reunions", "Resto La Louche"
FORM = {
    "action": "annonce",
    "kind": "partners",
    "title": "Rencontre des partenaires",
    "place": "2 rue de la Paix, Paris",
    "on": ON.isoformat(),
    "at": "14:30",
    "minutes": "90",
    "places": "1",
}


@pytest.fixture
def supervisor(sign_in: Callable[..., Browser]) -> Browser:
    return sign_in("supervisor")


async def announce(supervisor: Browser, **change: Any) -> Any:
    return await supervisor.send(MEETINGS, **{"operation": str(uuid4()), **FORM, **change})


async def the_meeting(town: Town) -> Any:
    async with town.engine.connect() as connection:
        return (await connection.execute(select(meetings))).one()


async def told(town: Town) -> list[tuple[str, str]]:
    async with town.engine.connect() as connection:
        rows = await connection.execute(select(events).where(events.c.type == "meeting.registration"))
        return [(row.siren, row.data["change"]) for row in rows]


async def test_a_supervisor_announces_a_meeting_that_agents_see(
    supervisor: Browser, alice: Browser, town: Town
) -> None:
    assert (await announce(supervisor)).headers["location"] == f"{MEETINGS}?fait=annonce"
    meeting = await the_meeting(town)
    assert meeting.starts_at.astimezone(PARIS) == datetime(ON.year, ON.month, ON.day, 14, 30, tzinfo=PARIS)
    text = await alice.read(MEETINGS)
    for shown in ("Rencontre des partenaires", "0 inscrite pour 1 place", "2 rue de la Paix"):
        assert shown in text
    assert "Annoncer une réunion" not in text
    assert "Annoncer une réunion" in await supervisor.read(f"{MEETINGS}?fait=annonce")


async def test_a_form_sent_twice_announces_one_meeting(supervisor: Browser, town: Town) -> None:
    operation = str(uuid4())
    for _ in range(2):
        await announce(supervisor, operation=operation)
    assert await the_meeting(town)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"title": " "}, "Indiquez la nature, le titre"),
        ({"on": "demain"}, "Indiquez la nature, le titre"),
        ({"kind": "party"}, "Indiquez la nature, le titre"),
        ({"title": "x" * 121}, "120 caractères au plus"),
        ({"minutes": "5"}, "de 15 à 600 minutes"),
        ({"places": "99999999"}, "de 15 à 600 minutes"),
        ({"on": "2020-01-02"}, "Choisissez une date à venir"),
    ],
)
async def test_a_wrong_form_says_what_to_do_and_keeps_what_was_written(
    supervisor: Browser, wrong: dict[str, str], said: str
) -> None:
    answer = await announce(supervisor, **wrong)
    assert answer.status_code == 409
    assert said in answer.text
    assert 'value="2 rue de la Paix, Paris"' in answer.text


async def test_an_agent_registers_an_enterprise_and_takes_its_place_back(
    supervisor: Browser, alice: Browser, town: Town
) -> None:
    await announce(supervisor)
    meeting, firm = await the_meeting(town), town.firm(LOUCHE)
    page = f"/console/entreprises/{firm.siren}"
    assert "Rencontre des partenaires (1 place libre)" in await alice.read(page)
    answer = await alice.send(f"{page}/reunions", action="inscrire", reunion=meeting.id)
    assert answer.headers["location"] == f"{page}?fait=reunion#reunions"
    assert "Désinscrire" in await alice.read(page)
    assert LOUCHE in await alice.read(MEETINGS)
    other = f"/console/entreprises/{town.firm('Garage Piston').siren}"
    refused = await alice.send(f"{other}/reunions", action="inscrire", reunion=meeting.id)
    assert refused.status_code == 409
    assert "plus de place" in refused.text
    await alice.send(f"{page}/reunions", action="desinscrire", reunion=meeting.id)
    assert await told(town) == [(firm.siren, "registered"), (firm.siren, "left")]


async def test_those_registered_are_told_when_a_supervisor_changes_a_meeting_or_calls_it_off(
    supervisor: Browser, town: Town
) -> None:
    await announce(supervisor)
    meeting, firm = await the_meeting(town), town.firm(LOUCHE)
    await supervisor.send(f"/console/entreprises/{firm.siren}/reunions", action="inscrire", reunion=meeting.id)
    await announce(supervisor, action="changement", reunion=meeting.id, place="En ligne")
    await announce(supervisor, action="annulation", reunion=meeting.id)
    assert [change for _, change in await told(town)] == ["registered", "moved", "cancelled"]
    assert "Annulée" in await supervisor.read(MEETINGS)


async def test_an_agent_changes_no_meeting(supervisor: Browser, alice: Browser, town: Town) -> None:
    await announce(supervisor)
    meeting = await the_meeting(town)
    assert (await alice.send(MEETINGS, action="annulation", reunion=meeting.id)).status_code == 403
    assert not (await the_meeting(town)).cancelled


async def test_another_organisations_meeting_is_not_found(
    supervisor: Browser, sign_in: Callable[..., Browser], town: Town
) -> None:
    await announce(supervisor)
    meeting = await the_meeting(town)
    elsewhere = sign_in("supervisor", organisation="urssaf-rhone-alpes", agent=None)
    for action in ("changement", "annulation"):
        assert (await announce(elsewhere, action=action, reunion=meeting.id)).status_code == 404
    assert "Rencontre" not in await elsewhere.read(MEETINGS)
