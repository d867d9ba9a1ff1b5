"""Whatever people write stays words: no field of a form, no name of an event becomes markup, a template or a header."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncEngine

from db import tables
from tests.web.conftest import SIREN
from tests.web.console import test_meetings, test_newsletters, test_stopping
from tests.web.console.signed_in import console, sign_in
from tests.web.console.test_strangers import IDS, SCREENS, TASK, theirs
from tests.web.console.test_trail import ADMIN, send

__all__ = ["theirs"]
EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{ 123456789 * 7 }}{% raw %}${123456789*7}"
COMPUTED = "864197523"


class Elements(HTMLParser):
    """The elements and attributes of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    @property
    def hostile(self) -> Iterator[str]:
        for tag, attributes in self.found:
            if tag == "script" or attributes.get("src") == "x" or any(name.startswith("on") for name in attributes):
                yield tag
            if str(attributes.get("href") or "").lower().startswith("javascript:"):
                yield tag


async def write_everywhere(engine: AsyncEngine, browser: Any) -> None:
    """The same words in every field that a form, an event or a task brings to a page."""
    names = ("name", "contact_name", "email", "phone", "accountant_name", "accountant_email", "accountant_phone")
    async with engine.begin() as connection:
        await connection.execute(update(tables.enterprises).values(dict.fromkeys(names, EVIL)))
        await connection.execute(update(tables.tasks).values(summary=EVIL, guidance=[EVIL], note=EVIL))
        await connection.execute(update(tables.agents).values(name=EVIL))
        note = {"id": TASK, "siren": SIREN, "organisation": "urssaf-idf", "subject": "note", "author": EVIL[:100]}
        await connection.execute(insert(tables.notes).values(**note, text=EVIL))
    meeting = {**test_meetings.FORM, "title": EVIL[:110], "place": EVIL}
    issue = {**test_newsletters.FORM, "title": EVIL[:110], "body": f"{EVIL}\n\n[x](javascript:alert(1))"}
    for path, form in (
        (test_meetings.MEETINGS, meeting),
        (test_newsletters.LETTERS, issue),
        (test_newsletters.LETTERS, {**issue, "action": "apercu"}),
        (test_stopping.PATH, test_stopping.asked(motif=EVIL)),
    ):
        answer = await send(browser, path, path, **form)
        assert answer.status_code in (200, 303), path
        assert list(Elements(answer.text).hostile) == [], path


@pytest.mark.usefixtures("theirs")
async def test_no_text_of_anybody_becomes_markup_or_is_computed(engine: AsyncEngine) -> None:
    async with console(engine) as browser:
        await sign_in(browser, ADMIN)
        await write_everywhere(engine, browser)
        for screen in (it for it in SCREENS if it.show):
            for query in ("", "q", "agent", "apres", "etat", "fait", "confies", "semaine", "jours"):
                address = screen.path.format(**IDS)
                answer = await browser.get(address, params={query: EVIL} if query else {})
                assert answer.status_code in (200, 400, 404), address
                assert list(Elements(answer.text).hostile) == [], (address, query)
                assert COMPUTED not in answer.text, (address, query)


@pytest.mark.parametrize("button", ["annonce", "changement"])
async def test_a_title_brings_no_line_of_its_own_into_a_calendar(engine: AsyncEngine, button: str) -> None:
    injected = "Réunion\r\nATTENDEE:mailto:evil@example.org\nBEGIN:VALARM"
    async with console(engine) as browser:
        await sign_in(browser, ADMIN)
        form = {**test_meetings.FORM, "title": injected, "place": injected}
        if button == "changement":
            await send(browser, test_meetings.MEETINGS, test_meetings.MEETINGS, **test_meetings.FORM)
            async with engine.begin() as connection:
                row = (await connection.execute(tables.meetings.select())).one()
            form |= {"action": button, "reunion": row.id}
        answer = await send(browser, test_meetings.MEETINGS, test_meetings.MEETINGS, **form)
        assert answer.status_code == 409
        async with engine.begin() as connection:
            rows = (await connection.execute(tables.meetings.select())).all()
    assert [(row.title, row.place) for row in rows] == (
        [(test_meetings.FORM["title"], test_meetings.FORM["place"])] if button == "changement" else []
    )
