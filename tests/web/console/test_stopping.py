"""An administrator stops a rule, sees what is stopped and why, and lifts it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from db.tables import stops
from domain.stops import LONGEST
from tests.domain.rules.life import RULEBOOK
from tests.web.console.conftest import Browser
from tests.web.console.town import Town

PATH = "/console/administration/arrets"
CALENDAR = RULEBOOK.current["urssaf-idf"].calendar
TODAY = CALENDAR.day_of(datetime.now(UTC))


def asked(**changes: str) -> dict[str, str]:
    """A form whose end is in two days."""
    wish = {"action": "suspendre", "operation": str(uuid4()), "regle": "REM-2", "motif": "Montants faux"}
    return {**wish, "jour": str(TODAY + timedelta(days=2)), "heure": "18:30", **changes}


@pytest.fixture
def admin(sign_in: Callable[..., Browser]) -> Browser:
    return sign_in("admin", agent=None)


async def stored(town: Town) -> list[Any]:
    async with town.engine.connect() as connection:
        return list((await connection.execute(select(stops))).all())


async def test_a_stopped_rule_is_listed_with_its_reason_and_its_end(admin: Browser, town: Town) -> None:
    assert "Aucune règle n'a été suspendue" in await admin.read(PATH)
    answer = await admin.send(PATH, **asked(motif=" Montants \r\n faux "))
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PATH}?fait=arret")
    page = await admin.read(answer.headers["location"])
    for words in ("La règle est suspendue", "Montants faux", "en cours", "Subject Admin"):
        assert words in page
    [stop] = await stored(town)
    assert (stop.organisation, stop.rule, stop.reason, stop.lifted_at) == (
        "urssaf-idf",
        "REM-2",
        "Montants faux",
        None,
    )
    assert stop.until.astimezone(CALENDAR.zoneinfo).strftime("%H:%M") == "18:30"


async def test_a_form_sent_twice_stops_once(admin: Browser, town: Town) -> None:
    form = asked()
    assert [(await admin.send(PATH, **form)).status_code for _ in range(2)] == [303, 303]
    assert len(await stored(town)) == 1


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"regle": "REM-99"}, "Choisissez une règle"),
        ({"motif": "  "}, "motif"),
        ({"motif": "x" * 201}, "200 caractères"),
        ({"jour": "demain"}, "Indiquez le jour"),
        ({"heure": "18 h"}, "Indiquez le jour"),
        ({"heure": "18:30+02:00"}, "Indiquez le jour"),
        ({"jour": str(TODAY - timedelta(days=1))}, "à venir"),
        ({"jour": str(TODAY + LONGEST + timedelta(days=1))}, "30 jours au plus"),
        ({"jour": "9999-12-31"}, "Indiquez le jour"),
        ({"jour": "0001-01-01"}, "Indiquez le jour"),
    ],
)
async def test_a_wrong_field_is_named_and_the_others_stay(
    admin: Browser, town: Town, wrong: dict[str, str], words: str
) -> None:
    answer = await admin.send(PATH, **asked(**wrong))
    assert answer.status_code == 422
    assert words in answer.text.replace("&#39;", "'")
    assert "Montants faux" in answer.text or "motif" in wrong
    assert await stored(town) == []


async def test_a_stop_is_lifted_once_and_says_by_whom(admin: Browser, town: Town) -> None:
    await admin.send(PATH, **asked())
    [stop] = await stored(town)
    answer = await admin.send(PATH, action="lever", arret=str(stop.id))
    assert answer.headers["location"] == f"{PATH}?fait=levee"
    assert "levée le" in await admin.read(PATH)
    [lifted] = await stored(town)
    assert (lifted.lifted_by, lifted.lifted_at is not None) == ("subject-admin", True)
    again = await admin.send(PATH, action="lever", arret=str(stop.id))
    assert (again.status_code, "déjà terminée" in again.text) == (422, True)


async def test_a_stop_that_ended_is_not_lifted(admin: Browser, town: Town) -> None:
    await admin.send(PATH, **asked())
    async with town.engine.begin() as connection:
        await connection.execute(update(stops).values(until=datetime.now(UTC) - timedelta(seconds=1)))
    [stop] = await stored(town)
    assert "terminée" in await admin.read(PATH)
    assert (await admin.send(PATH, action="lever", arret=str(stop.id))).status_code == 422


async def test_the_stops_of_another_organisation_are_neither_seen_nor_lifted(
    admin: Browser, sign_in: Callable[..., Browser], town: Town
) -> None:
    await admin.send(PATH, **asked())
    [stop] = await stored(town)
    lyon = sign_in("admin", organisation="urssaf-rhone-alpes", agent=None)
    assert "Montants faux" not in await lyon.read(PATH)
    assert (await lyon.send(PATH, action="lever", arret=str(stop.id))).status_code == 422
    assert [it.lifted_at for it in await stored(town)] == [None]


@pytest.mark.parametrize(
    ("form", "status"), [({}, 400), ({"action": "lever", "arret": "x"}, 404), (asked(operation="x"), 400)]
)
async def test_a_form_that_is_none_of_ours_changes_nothing(
    admin: Browser, town: Town, form: dict[str, str], status: int
) -> None:
    assert (await admin.send(PATH, **form)).status_code == status
    assert await stored(town) == []
