"""The trail of the console: who came in and left, lists with what was asked, decisions with their object (S12)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from db import tables
from db.tables import accesses
from tests.web.conftest import SIREN
from tests.web.console import test_meetings, test_newsletters, test_stopping
from tests.web.console.signed_in import ALICE, console, hidden, sign_in
from tests.web.console.test_strangers import FILLED, TASK, address, theirs

__all__ = ["theirs"]
ADMIN = "urssaf-idf/admin"


async def lines(engine: AsyncEngine) -> list[Any]:
    async with engine.connect() as connection:
        return list((await connection.execute(select(accesses).order_by(accesses.c.id))).all())


async def fields(engine: AsyncEngine, *names: str) -> list[tuple[Any, ...]]:
    return [tuple(getattr(line, name) for name in names) for line in await lines(engine)]


async def send(browser: httpx.AsyncClient, page: str, path: str, **form: Any) -> httpx.Response:
    csrf = hidden((await browser.get(page)).text)
    return await browser.post(path, data={"csrf": csrf, "operation": str(uuid4()), **form})


async def test_who_came_in_and_left_and_who_was_turned_away(engine: AsyncEngine) -> None:
    async with console(engine) as browser:
        await sign_in(browser)
        csrf = hidden((await browser.get("/console/portefeuille")).text)
        await browser.post("/console/deconnexion", data={"csrf": csrf})
        await browser.post("/console/connexion", data={"csrf": "x", "person": ADMIN})
    told = await fields(engine, "organisation", "author", "role", "action", "outcome")
    mine = ("urssaf-idf", "alice.martin", "agent")
    assert [it for it in told if it[3].startswith("sign_")] == [
        (*mine, "sign_in", "done"),
        (*mine, "sign_out", "done"),
        ("", "anonymous", "none", "sign_in", "forbidden"),
    ]


@pytest.mark.usefixtures("theirs")
async def test_a_list_leaves_what_it_was_narrowed_to_and_how_much_it_showed(engine: AsyncEngine) -> None:
    async with console(engine) as browser:
        await sign_in(browser)
        await browser.get("/console/portefeuille", params={"q": "épi", "phase": "", "apres": ""})
        await browser.get("/console/")
    told = await fields(engine, "author", "action", "asked", "shown")
    assert told[1:] == [
        ("alice.martin", "consultation:/console/portefeuille", urlencode({"q": "épi"}), 1),
        ("alice.martin", "consultation:/console/", None, 1),
    ]


MADE = {
    "meeting": (test_meetings.MEETINGS, test_meetings.FORM, tables.meetings),
    "newsletter": (test_newsletters.LETTERS, test_newsletters.FORM, tables.newsletters),
    "stop": (test_stopping.PATH, test_stopping.asked(), tables.stops),
}


@pytest.mark.parametrize("kind", sorted(MADE))
async def test_what_a_form_makes_is_named(engine: AsyncEngine, kind: str) -> None:
    path, form, table = MADE[kind]
    async with console(engine) as browser:
        await sign_in(browser, ADMIN)
        assert (await send(browser, path, path, **form)).status_code == 303
    async with engine.connect() as connection:
        made = str(await connection.scalar(select(table.c.id)))
    assert (f"{path}:{form['action']}", made, "done") in await fields(engine, "action", "subject", "outcome")


async def test_an_agent_written_and_a_portfolio_handed_over_are_named(engine: AsyncEngine) -> None:
    written = {"agent": "zoe.martin", "name": "Zoé Martin", "email": "", "phone": "", "trained": "on"}
    handed = {"action": "portefeuille", "agent": "alice.martin", "motif": "absence"}
    one = {"action": "entreprise", "siren": SIREN, "motif": "absence"}
    async with console(engine) as browser:
        await sign_in(browser, ADMIN)
        assert (await send(browser, "/console/administration", "/console/administration", **written)).status_code == 303
        for form in (handed, one):
            await send(browser, "/console/encadrement", "/console/encadrement", **form)
        change = hidden((await browser.get("/console/encadrement")).text, "changement")
        back = {"action": "annuler", "changement": change}
        assert (await send(browser, "/console/encadrement", "/console/encadrement", **back)).status_code == 303
    told = await fields(engine, "action", "siren", "subject")
    assert ("/console/encadrement:annuler", None, change) in told
    assert ("/console/administration", None, "zoe.martin") in told
    assert ("/console/encadrement:portefeuille", None, "alice.martin") in told
    assert ("/console/encadrement:entreprise", SIREN, SIREN) in told


@pytest.mark.usefixtures("theirs")
async def test_what_was_refused_is_told_to_whom_it_belongs(engine: AsyncEngine) -> None:
    async with console(engine) as browser:
        await sign_in(browser, "urssaf-rhone-alpes/supervisor")
        token = hidden((await browser.get("/console/portefeuille")).text)
        path = "/console/taches/{task}"
        answer = await browser.post(address(path), data={"csrf": token, **FILLED[path]})
        assert answer.status_code == 404
        assert (await browser.post(address(path), data={"csrf": "x"})).status_code == 403
        assert (await browser.get("/console/administration")).status_code == 403
    names = ("organisation", "author_organisation", "action", "siren", "subject", "outcome")
    told = [it for it in await fields(engine, *names) if it[-1] != "done"]
    who = "urssaf-rhone-alpes"
    task = (SIREN, str(TASK))
    assert told == [
        ("urssaf-idf", who, f"{path}:terminer", *task, "not_found"),
        (who, who, f"{path}:terminer", *task, "not_found"),
        ("urssaf-idf", who, path, *task, "forbidden"),
        (who, who, path, *task, "forbidden"),
        (who, who, "consultation:/console/administration", None, None, "forbidden"),
    ]


MEDIATION = {
    "siren": SIREN,
    "organisation": "urssaf-idf",
    "key": "MED-1:x",
    "kind": "mediation",
    "rule": "MED-1",
    "queue": "mediator",
    "status": "open",
    "summary": "Demande de médiation",
    "guidance": [],
}


@pytest.mark.parametrize(
    ("person", "status"), [("urssaf-idf/mediator", 303), ("urssaf-idf/supervisor", 303), (ALICE, 403)]
)
async def test_a_mediation_is_ended_by_the_mediator_and_not_by_the_agent_it_is_about(
    engine: AsyncEngine, person: str, status: int
) -> None:
    task = uuid4()
    async with engine.begin() as connection:
        now = select(tables.journeys.c.created_at).scalar_subquery()
        await connection.execute(insert(tables.tasks).values(id=task, due_at=now, opened_at=now, **MEDIATION))
    async with console(engine) as browser:
        await sign_in(browser, person)
        page = await browser.get(f"/console/taches/{task}")
        form = {"csrf": hidden((await browser.get("/console/")).text, "csrf"), "action": "terminer", "issue": "done"}
        answer = await browser.post(f"/console/taches/{task}", data=form)
        assert (page.status_code, answer.status_code) == (200, status)
    assert ("Réservée" in page.text) == (status == 403)
