"""Accepted text is readable text, through the console (issue 14, shows 2)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from sqlalchemy import select

from db.tables import meetings, newsletters, notes
from tests.odd_text import TEXTS, is_refused, same
from tests.web.console.conftest import Browser
from tests.web.console.town import Town

LATER = str(date.today() + timedelta(days=30))
FEW = settings(max_examples=10, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))


@pytest.fixture
def chef(sign_in: Callable[..., Browser]) -> Browser:
    return sign_in("supervisor", agent=None)


@FEW
@given(text=TEXTS)
async def test_a_title_is_kept_on_one_line_or_refused(town: Town, chef: Browser, text: str) -> None:
    written = text.encode(errors="replace").decode()
    meeting = {"kind": "training", "title": written, "place": written, "on": LATER, "at": "10:00"}
    answer = await chef.send(
        "/console/reunions", action="annonce", operation=str(uuid4()), **meeting, minutes="60", places="5"
    )
    issue = {"title": written, "body": "Bonjour.", "on": LATER, "sectors": ""}
    letter = await chef.send("/console/lettres", action="programmation", operation=str(uuid4()), **issue)
    expected = 409 if is_refused(written) else 303
    assert (answer.status_code, letter.status_code) == (expected, expected)
    async with town.engine.connect() as connection:
        titles = {same(it) for it in await connection.scalars(select(meetings.c.title))}
        letters = {same(it) for it in await connection.scalars(select(newsletters.c.title))}
    assert (same(written) in titles & letters) == (expected == 303)


@FEW
@given(text=TEXTS)
async def test_a_note_is_kept_without_what_nobody_sees(town: Town, alice: Browser, text: str) -> None:
    written = text.encode(errors="replace").decode()
    path = f"/console/entreprises/{town.firms[0].siren}/notes"
    answer = await alice.send(path, note=f"Lu : {written}.", operation=str(uuid4()))
    assert answer.status_code == 303
    async with town.engine.connect() as connection:
        kept = {same(it) for it in await connection.scalars(select(notes.c.text))}
    lost = dict.fromkeys([*range(9), 11, 12, *range(14, 32), *range(127, 160)])
    assert same(f"Lu : {written}.".translate(lost)) in kept
