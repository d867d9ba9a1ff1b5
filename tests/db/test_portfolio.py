"""A list of journeys: statements are shared by filters that differ by their values alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from itertools import product

import pytest
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from db.engine import make_engine
from db.portfolio import Filters, page
from db.tables import enterprises, journeys
from db.tenancy import OwnRows

A, B = "urssaf-a", "urssaf-b"


@dataclass(frozen=True)
class Firm:
    siren: str
    name: str
    phase: str
    incident: bool


FIRMS = (
    Firm("110000031", "Fournil 100 %", "active", True),
    Firm("552100554", "Atelier_732", "notice", False),
    Firm("732829320", "Taxi Étoile", "closed", True),
    Firm("784671695", "Ne s'est pas inscrite", "candidate", False),
)
TEXTS = {
    None: FIRMS,
    "taxi": FIRMS[2:3],
    "100 %": FIRMS[:1],
    "_": FIRMS[1:2],
    "732": FIRMS[1:3],
    "73282": FIRMS[2:3],
    "552 100 554 00013": FIRMS[1:2],
    "99999": (),
}


@pytest.fixture
async def rows(database_url: str) -> AsyncIterator[OwnRows]:
    engine: AsyncEngine = make_engine(database_url)
    async with engine.begin() as connection:
        await connection.execute(insert(enterprises), [{"siren": it.siren, "name": it.name} for it in FIRMS])
        await connection.execute(insert(journeys), [_row(it) for it in FIRMS])
    yield OwnRows(engine)
    await engine.dispose()


def _row(firm: Firm) -> dict[str, object]:
    dates = {"opened_on": date(2026, 1, 5), "ends_on": date(2027, 7, 5)}
    known = {"siren": firm.siren, "organisation": A, "phase": firm.phase, "open_incident": firm.incident}
    return {**known, **dates, "has_accountant": False, "state": "{}", "version": 1}


async def test_each_list_holds_what_its_own_filters_ask_for(rows: OwnRows) -> None:
    for phase, incident, text in product((None, "active", "closed"), (None, True, False), TEXTS):
        statement, values = page(A, Filters(phase=phase, incident=incident, text=text), "", 10)
        asked = [it for it in TEXTS[text] if it.phase != "candidate" and phase in (None, it.phase)]
        expected = [it.siren for it in asked if incident in (None, it.incident)]
        assert [row.siren for row in await rows.run(A, statement, values)] == expected


async def test_a_page_begins_behind_the_last_of_the_one_before(rows: OwnRows) -> None:
    seen = ""
    for it in FIRMS[:3]:
        [row] = await rows.run(A, *page(A, Filters(), seen, 1))
        assert row.siren == it.siren
        seen = row.siren
    assert list(await rows.run(A, *page(A, Filters(), seen, 1))) == []


async def test_a_list_of_another_organisation_is_empty(rows: OwnRows) -> None:
    assert list(await rows.run(B, *page(A, Filters(), "", 10))) == []
