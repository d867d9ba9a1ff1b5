"""The newsletter at the console: written, seen before it leaves, planned and withdrawn by supervisors."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from db import newsletters as issues
from db.tables import newsletters
from tests.web.console.conftest import Browser
from tests.web.console.town import Town

PARIS = ZoneInfo("Europe/Paris")
TODAY = datetime.now(PARIS).date()
LETTERS = "/console/lettres"
FORM = {
    "action": "programmation",
    "title": "Ce qui change",
    "body": "# Le taux\n\nIl baisse : [en savoir plus](https://www.urssaf.fr)\n\n<b>!</b> ![x](https://e.example/x.png)",
    "sectors": "56, 47.11B",
    "on": (TODAY + timedelta(days=2)).isoformat(),
}


@pytest.fixture
def supervisor(sign_in: Callable[..., Browser]) -> Browser:
    return sign_in("supervisor")


async def write(browser: Browser, **change: Any) -> Any:
    return await browser.send(LETTERS, **{"operation": str(uuid4()), **FORM, **change})


async def the_issue(town: Town) -> Any:
    async with town.engine.connect() as connection:
        return (await connection.execute(select(newsletters))).one()


async def test_an_issue_is_seen_as_it_will_be_read_and_by_how_many(supervisor: Browser, town: Town) -> None:
    answer = await write(supervisor, action="apercu", sectors="")
    async with town.engine.connect() as connection:
        everybody = await issues.count_readers(connection, "urssaf-idf", [])
        assert (await connection.execute(select(newsletters))).all() == []
    assert everybody > 1
    for shown in (f"{everybody} entreprises en parcours", "<h2>Le taux</h2>", '<a href="https://www.urssaf.fr">'):
        assert shown in answer.text
    assert "<b>!</b>" not in answer.text
    assert "<img" not in answer.text
    assert "Programmer l'envoi" in answer.text.replace("&#39;", "'")


async def test_an_issue_is_planned_once_and_withdrawn(supervisor: Browser, town: Town) -> None:
    operation = str(uuid4())
    for _ in range(2):
        assert (await write(supervisor, operation=operation)).headers["location"] == f"{LETTERS}?fait=programmation"
    issue = await the_issue(town)
    assert (issue.title, issue.sectors, str(issue.leaves_on)) == ("Ce qui change", ["56", "47.11B"], FORM["on"])
    assert "Retirer" in await supervisor.read(LETTERS)
    assert (await write(supervisor, action="retrait", lettre=issue.id)).headers["location"].endswith("retrait")
    assert (await the_issue(town)).withdrawn
    assert "Retirée" in await supervisor.read(LETTERS)


async def test_an_issue_on_its_way_says_how_far_and_is_withdrawn_no_more(supervisor: Browser, town: Town) -> None:
    await write(supervisor, on=TODAY.isoformat(), sectors="")
    async with town.engine.begin() as connection:
        await issues.hand_out(connection, "urssaf-idf", TODAY, datetime.now(PARIS))
    issue = await the_issue(town)
    assert f"Confiée aux parcours de {issue.readers} entreprises" in await supervisor.read(LETTERS)
    answer = await write(supervisor, action="retrait", lettre=issue.id)
    assert (answer.status_code, "déjà en route" in answer.text) == (409, True)


@pytest.mark.parametrize("action", ["apercu", "programmation"])
@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"title": " "}, "Indiquez le titre"),
        ({"body": ""}, "Indiquez le titre"),
        ({"on": "demain"}, "Indiquez le titre"),
        ({"title": "x" * 121}, "120 caractères au plus"),
        ({"body": "x" * 8001}, "8000"),
        ({"sectors": "56, boulangers"}, "« boulangers » n'est pas un code NAF"),
        ({"sectors": "56 " * 101}, "100 secteurs au plus"),
        ({"on": "2020-01-02"}, "un jour à venir"),
    ],
)
async def test_a_wrong_form_says_what_to_do_and_keeps_what_was_written(
    supervisor: Browser, wrong: dict[str, str], said: str, action: str
) -> None:
    answer = await write(supervisor, action=action, **wrong)
    assert answer.status_code == 409
    assert said in re.sub(r"[\u00a0\u202f]", " ", unescape(answer.text))
    kept = FORM["title"] if "body" in wrong or "title" in wrong else "Il baisse"
    assert kept in answer.text or "title" in wrong


async def test_an_issue_of_today_is_never_said_to_wait(supervisor: Browser, town: Town) -> None:
    seen = unescape((await write(supervisor, action="apercu", on=TODAY.isoformat())).text)
    assert "elle ne pourra plus être retirée" in seen
    assert "Envoyer aujourd'hui" in seen
    planned = await write(supervisor, on=TODAY.isoformat())
    assert planned.headers["location"] == f"{LETTERS}?fait=envoi"
    page = await supervisor.read(planned.headers["location"])
    assert "La lettre part" in page
    assert "peut être retirée" not in page
    assert "Retirer s'il est encore temps" in page


async def test_an_issue_for_nobody_says_so_before_it_is_planned(supervisor: Browser) -> None:
    assert "Aucune entreprise en parcours" in (await write(supervisor, action="apercu", sectors="99")).text


async def test_neighbours_see_no_newsletter_and_withdraw_none(
    supervisor: Browser, sign_in: Callable[..., Browser], town: Town
) -> None:
    await write(supervisor)
    elsewhere = sign_in("supervisor", organisation="urssaf-rhone-alpes", agent=None)
    assert "Ce qui change" not in await elsewhere.read(LETTERS)
    assert (await write(elsewhere, action="retrait", lettre=(await the_issue(town)).id)).status_code == 404
