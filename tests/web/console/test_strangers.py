"""Every address and every id of the console, tried by who has no business there. A new address is missed by name."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.routing import Mount, Route

from db import tables
from tests.web.conftest import SIREN, settings_of
from tests.web.console.signed_in import ALICE, console, sign_in
from web.app import create_pages
from web.console.routes import SCREENS, Screen
from web.console.sessions import csrf_of

WITHOUT_SESSION = {"/console", "/console/connexion", "/console/deconnexion", "/console/{rest:path}"}
"""The last is every address that is none: it says so, by the menu of who is signed in (`test_lost`)."""
PEOPLE = {"agent": ALICE, **{role: f"urssaf-idf/{role}" for role in ("supervisor", "mediator", "admin")}}
NEIGHBOURS = {role: f"urssaf-rhone-alpes/{role}" for role in ("supervisor", "mediator", "admin")}
TASK, MESSAGE, SUBSCRIPTION, DELIVERY = (UUID(int=rank) for rank in range(1, 5))
IDS: dict[str, Any] = {
    "siren": SIREN,
    "task": TASK,
    "message": MESSAGE,
    "plan": "p-1",
    "appointment": "a-1",
    "subscription": SUBSCRIPTION,
    "delivery": DELIVERY,
    "event": 999_999,
}
BY_PATH = {screen.path: screen for screen in SCREENS}
FORMS = sorted(screen.path for screen in SCREENS if screen.act)
PATHS = sorted(BY_PATH)
WITH_IDS = [path for path in PATHS if "{" in path]


FILLED = {
    "/console/taches/{task}": {"action": "terminer", "issue": "joint"},
    "/console/administration/evenements/{event}": {"action": "reprise"},
}


def address(path: str) -> str:
    return path.format(**IDS)


def methods(screen: Screen) -> list[str]:
    return [method for method, given in (("GET", screen.show), ("POST", screen.act)) if given]


async def written(engine: AsyncEngine) -> dict[str, int]:
    """How many rows each table has, sessions and the trail apart."""
    async with engine.connect() as connection:
        apart = ("sessions", "sign_ins", "accesses")
        kept = [table for table in tables.metadata.sorted_tables if table.name not in apart]
        return {it.name: await connection.scalar(select(func.count()).select_from(it)) or 0 for it in kept}


@pytest.fixture
async def theirs(engine: AsyncEngine) -> None:
    """Everything an id may name, at one organisation."""
    mine = {"organisation": "urssaf-idf", "siren": SIREN}
    at = {"due_at": func.now(), "opened_at": func.now()}
    case = {**mine, "status": "open", "kind": "other", "opened_at": func.now()}
    texts = {"rule": "REM-2", "subject": "x", "channel": "sms", "recipient": "enterprise", "template": "x"}
    flags = {"purpose": "reminder", "critical": False, "immediate": False, "facts": {}, "status": "sent"}
    task = {"key": "x", "kind": "call", "rule": "REM-5", "queue": "referent", "status": "open", "summary": "x"}
    rows: list[tuple[Any, dict[str, Any]]] = [
        (tables.tasks, {**mine, **at, **task, "id": TASK, "guidance": []}),
        (tables.cases, {**case, "id": "p-1", "family": "plan"}),
        (tables.cases, {**case, "id": "a-1", "family": "appointment"}),
        (tables.messages, {**mine, **texts, **flags, "id": MESSAGE, "queued_at": func.now()}),
        (
            tables.subscriptions,
            {"id": SUBSCRIPTION, "organisation": "urssaf-idf", "url": "https://h", "types": [], "secret": "x"},
        ),
        (tables.outgoing, {**mine, "seq": 1, "id": uuid4(), "type": "x", "time": func.now(), "data": {}}),
        (tables.deliveries, {"id": DELIVERY, "subscription": SUBSCRIPTION, "seq": 1, "siren": SIREN}),
    ]
    async with engine.begin() as connection:
        for table, row in rows:
            await connection.execute(insert(table).values(row))


def test_every_address_of_the_console_is_known_here() -> None:
    app = create_pages(settings_of(console_login="development"), None, None)  # type: ignore[arg-type]
    routes = {it.path for it in app.routes if isinstance(it, Route) and not isinstance(it, Mount)}
    assert {path for path in routes if path.startswith("/console")} == set(BY_PATH) | WITHOUT_SESSION


async def test_without_a_session_every_address_leads_to_the_sign_in(engine: AsyncEngine) -> None:
    async with console(engine) as browser:
        for path in PATHS:
            for method in methods(BY_PATH[path]):
                answer = await browser.request(method, address(path))
                assert answer.status_code == 303, path
                assert answer.headers["location"].startswith("/console/connexion?suite="), path
                asked = parse_qs(urlsplit(answer.headers["location"]).query)["suite"][0]
                assert asked in {address(it) for it in PATHS if BY_PATH[it].show}, path


async def test_an_expired_session_opens_nothing(engine: AsyncEngine) -> None:
    async with console(engine) as browser:
        await sign_in(browser, PEOPLE["admin"])
        async with engine.begin() as connection:
            await connection.execute(update(tables.sessions).values(expires_at=func.now() - timedelta(seconds=1)))
        token = browser.cookies["parcours"]
        for path in PATHS:
            for method in methods(BY_PATH[path]):
                answer = await browser.request(method, address(path), data={"csrf": csrf_of(token)})
                assert answer.headers["location"].startswith("/console/connexion?suite="), path


async def test_an_invented_or_tampered_cookie_opens_nothing(engine: AsyncEngine) -> None:
    async with console(engine) as browser:
        await sign_in(browser)
        token = browser.cookies["parcours"]
        for forged in (token[:-1] + ("A" if token[-1] != "A" else "B"), token + "x", "", "null", "' OR 1=1"):
            assert (await browser.get("/console/", headers={"cookie": f"parcours={forged}"})).status_code in (303,)


@pytest.mark.usefixtures("theirs")
@pytest.mark.parametrize("role", sorted(PEOPLE))
async def test_a_role_too_low_is_refused_and_a_role_high_enough_is_not(engine: AsyncEngine, role: str) -> None:
    async with console(engine) as browser:
        await sign_in(browser, PEOPLE[role])
        form = {"csrf": csrf_of(browser.cookies["parcours"])}
        for path in (path for path in PATHS if role not in BY_PATH[path].roles):
            for method in methods(BY_PATH[path]):
                assert (await browser.request(method, address(path), data=form)).status_code == 403, path
        for path in (path for path in PATHS if role in BY_PATH[path].roles and "{" not in path):
            assert (await browser.get(path)).status_code == 200, path


@pytest.mark.usefixtures("theirs")
@pytest.mark.parametrize("path", FORMS)
async def test_a_form_that_is_not_ours_changes_nothing(engine: AsyncEngine, path: str) -> None:
    async with console(engine) as another:
        await sign_in(another, PEOPLE["supervisor"])
        foreign = csrf_of(another.cookies["parcours"])
    async with console(engine) as browser:
        await sign_in(browser, PEOPLE["admin"])
        before = await written(engine)
        own = csrf_of(browser.cookies["parcours"])
        for forged in ({}, {"csrf": ""}, {"csrf": "0" * 64}, {"csrf": foreign}, {"csrf": own[:-1]}):
            answer = await browser.post(address(path), data=forged)
            assert answer.status_code == 403
            assert "Ce formulaire a expiré" in answer.text
        assert await written(engine) == before


@pytest.mark.usefixtures("theirs")
@pytest.mark.parametrize("path", FORMS)
async def test_the_proof_of_a_form_is_read_in_its_body_only(engine: AsyncEngine, path: str) -> None:
    async with console(engine) as browser:
        await sign_in(browser, PEOPLE["admin"])
        own, before = csrf_of(browser.cookies["parcours"]), await written(engine)
        elsewhere: tuple[dict[str, Any], ...] = (
            {"params": {"csrf": own}},
            {"headers": {"x-csrf-token": own, "csrf": own}},
            {"headers": {"cookie": f"parcours={browser.cookies['parcours']}; csrf={own}"}},
            {"json": {"csrf": own}},
            {"content": f"csrf={own}", "headers": {"content-type": "text/plain"}},
        )
        for sent in elsewhere:
            assert (await browser.post(address(path), **sent)).status_code == 403, sent
        assert await written(engine) == before


async def test_signing_out_wants_its_form_too(engine: AsyncEngine) -> None:
    async with console(engine) as browser:
        await sign_in(browser)
        assert (await browser.post("/console/deconnexion", data={"csrf": "x"})).status_code == 403
        assert (await browser.get("/console/")).status_code == 200


@pytest.mark.usefixtures("theirs")
@pytest.mark.parametrize("role", sorted(NEIGHBOURS))
async def test_an_id_of_another_organisation_is_not_found(engine: AsyncEngine, role: str) -> None:
    async with console(engine) as browser:
        await sign_in(browser, NEIGHBOURS[role])
        form = {"csrf": csrf_of(browser.cookies["parcours"])}
        before = await written(engine)
        for path in (path for path in WITH_IDS if role in BY_PATH[path].roles):
            for method in methods(BY_PATH[path]):
                answer = await browser.request(method, address(path), data=form | FILLED.get(path, {}))
                assert answer.status_code == 404, (method, path)
                assert "Épi d'Or" not in answer.text
        assert await written(engine) == before


@pytest.mark.usefixtures("theirs")
@pytest.mark.parametrize("role", sorted(PEOPLE))
async def test_after_a_transfer_nothing_of_the_enterprise_is_the_former_organisations(
    engine: AsyncEngine, role: str
) -> None:
    async with console(engine) as browser:
        await sign_in(browser, PEOPLE[role])
        form = {"csrf": csrf_of(browser.cookies["parcours"])}
        async with engine.begin() as connection:
            for table in (tables.journeys, tables.tasks, tables.cases):
                await connection.execute(update(table).values(organisation="urssaf-rhone-alpes"))
        before = await written(engine)
        of_the_enterprise = [path for path in WITH_IDS if "{subscription}" not in path]
        for path in (path for path in of_the_enterprise if role in BY_PATH[path].roles):
            for method in methods(BY_PATH[path]):
                answer = await browser.request(method, address(path), data=form | FILLED.get(path, {}))
                assert answer.status_code == 404, (method, path)
                assert "Épi d'Or" not in answer.text
        for path in (path for path in PATHS if "{" not in path and role in BY_PATH[path].roles):
            assert SIREN not in (await browser.get(path)).text, path
        assert await written(engine) == before


@pytest.mark.usefixtures("theirs")
async def test_lists_hold_nothing_of_another_organisation(engine: AsyncEngine) -> None:
    async with console(engine) as browser:
        await sign_in(browser, NEIGHBOURS["admin"])
        for path in (path for path in PATHS if "{" not in path):
            answer = await browser.get(path)
            assert answer.status_code == 200, path
            assert SIREN not in answer.text, path
            assert "Alice Martin" not in answer.text, path


async def test_every_page_forbids_scripts_frames_and_caches(engine: AsyncEngine) -> None:
    async with console(engine) as browser:
        answers: list[httpx.Response] = [await browser.get("/console/"), await sign_in(browser)]
        answers += [await browser.get("/console/"), await browser.get("/console/encadrement")]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "script-src" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.usefixtures("theirs")
@pytest.mark.parametrize(
    ("path", "subject"), [(f"/console/entreprises/{SIREN}", None), (f"/console/taches/{TASK}", TASK)]
)
async def test_opening_a_file_leaves_a_line(engine: AsyncEngine, path: str, subject: UUID | None) -> None:
    async with console(engine) as browser:
        await sign_in(browser)
        assert (await browser.get(path)).status_code == 200
    async with engine.connect() as connection:
        opened = select(tables.accesses).where(tables.accesses.c.action == "consultation")
        [line] = (await connection.execute(opened)).all()
    assert (line.author, line.role, line.action, line.siren) == ("alice.martin", "agent", "consultation", SIREN)
    assert line.subject == (str(subject) if subject else None)
