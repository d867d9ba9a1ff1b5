"""A list of journeys: statements are shared by filters that differ by their values alone."""

from __future__ import annotations

import unicodedata
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from importlib import import_module
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from db import enterprises as enterprises_of
from db.engine import make_engine
from db.portfolio import Filters, page
from db.tables import enterprises, journeys
from db.tenancy import OwnRows
from domain.folding import folded

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


NAMES = {
    "L’Œuf d’Or": ("oeuf", "L'OEUF", "l'œuf d'or", "lœuf", "l oeuf d or", "Œuf d\u2019or", "ŒUF"),
    "Crêperie Sœurs Maçon": (
        "creperie",
        "SOEURS",
        "maçon",
        "macon",
        "cre\u0302perie",
        "crêperie soeurs",
        "ma\u0327con",
    ),
    "Ets Jean-Luc Lætitia": (
        "jean luc",
        "jean-luc",
        "jeanluc",
        "laetitia",
        "LÆTITIA",
        "JEAN\u2011LUC",
        "Jean\u00a0Luc",
    ),
    "Bar «\u00a0Le Quai\u00a0» S.A.R.L.": ("le quai", "« Le Quai »", "bar le quai", "sarl", "S.A.R.L."),
    "Île & Mer": ("ile", "île", "I\u0302le", "ile mer", "ÎLE & MER"),
    "Cafe\u0301 Noe\u0308l": ("café", "cafe", "noel", "NOËL", "Noël"),
    "Łukasz Straße Œ": ("lukasz", "strasse", "STRASSE", "łukasz"),
    "ＦＯＵＲＮＩＬ ﬁn": ("fournil", "fin"),
}
SIRENS = dict(
    zip(
        NAMES,
        ("732829320", "552100554", "542107651", "784671695", "383474814", "356000000", "775670417", "110000031"),
        strict=True,
    )
)


@pytest.fixture
async def named(database_url: str) -> AsyncIterator[OwnRows]:
    engine: AsyncEngine = make_engine(database_url)
    async with engine.begin() as connection:
        for name, siren in SIRENS.items():
            await enterprises_of.describe(connection, siren, {"name": name})
            await connection.execute(insert(journeys).values(_row(Firm(siren, name, "active", False))))
    yield OwnRows(engine)
    await engine.dispose()


async def found(rows: OwnRows, text: str) -> list[str]:
    return [row.siren for row in await rows.run(A, *page(A, Filters(text=text), "", 20))]


async def test_a_name_is_found_however_its_letters_are_typed(named: OwnRows) -> None:
    for name, typed in NAMES.items():
        for text in (*typed, name, name.upper(), name.lower()):
            assert SIRENS[name] in await found(named, text), (name, text)


async def test_what_says_nothing_finds_nothing(named: OwnRows) -> None:
    for text in ("%", "’’", "…", "zzz", "œufs"):
        assert await found(named, text) == [], text


async def test_a_siren_is_found_however_it_is_grouped(named: OwnRows) -> None:
    for text in (
        "732829320",
        "732 829 320",
        "732\u00a0829\u202f320",
        "732.829.320",
        "732-829-320",
        " 732829320 ",
        "732 829 320 00074",
    ):
        assert await found(named, text) == ["732829320"], text


async def test_the_migration_folds_the_names_already_there_and_spells_their_numbers(database_url: str) -> None:
    migration = import_module("migrations.versions.0020_names_looked_for")
    engine = make_engine(database_url)
    old = {
        "siren": "732829320",
        "name": "Cafe\u0301 d’Œuf",
        "phone": "+33692123456",
        "accountant_phone": "ligne directe",
    }
    async with engine.begin() as connection:
        await connection.execute(insert(enterprises).values(old))
        await connection.run_sync(migration.fill)
        row = await enterprises_of.read(connection, "732829320")
    await engine.dispose()
    assert row is not None
    assert (row.name, row.folded_name) == ("Café d’Œuf", "cafedoeuf")
    assert (row.phone, row.accountant_phone) == ("+262692123456", "ligne directe")


@given(st.text(max_size=40))
def test_folding_twice_changes_nothing_and_case_and_composition_do_not_count(text: str) -> None:
    assert folded(folded(text)) == folded(text)
    assert folded(unicodedata.normalize("NFD", text)) == folded(unicodedata.normalize("NFC", text))


def test_names_are_in_french_order() -> None:
    names = ["Ski", "Rhône", "Île-de-France", "Sécurité", "Élan", "Étoile", "Zoé", "œuvre", "Olive"]
    assert sorted(names, key=folded) == [
        "Élan",
        "Étoile",
        "Île-de-France",
        "œuvre",
        "Olive",
        "Rhône",
        "Sécurité",
        "Ski",
        "Zoé",
    ]
