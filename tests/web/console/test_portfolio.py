"""The portfolio: search, filters in the address, pages, and one query for all its lines."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import event, update

from db.tables import journeys
from domain.state import Phase
from tests.web.console.conftest import Browser
from tests.web.console.town import Town
from web.console import portfolio


async def test_a_name_or_the_beginning_of_a_siren_finds_an_enterprise(alice: Browser, town: Town) -> None:
    firm = town.firm("Resto La Louche")
    spaced = f"{firm.siren[:3]} {firm.siren[3:6]} {firm.siren[6:8]}"
    for words in ("louche", firm.siren, spaced, f"{firm.siren}00017"):
        page = await alice.read(f"/console/portefeuille?q={words}")
        assert "1 entreprise" in page
        assert f"/console/entreprises/{firm.siren}" in page


async def test_enterprises_of_another_organisation_are_not_listed(alice: Browser, town: Town) -> None:
    page = await alice.read("/console/portefeuille?q=Fromagerie")
    assert "Aucune entreprise ne correspond" in page


@pytest.mark.parametrize(
    ("query", "inside", "outside"),
    [
        ("incident=oui", "Resto La Louche", "Taxi Étoile"),
        ("incident=non", "Taxi Étoile", "Resto La Louche"),
        ("comptable=oui", "Pixel Nord", "Resto La Louche"),
        ("croissance=oui", "Atelier Lumen", "Taxi Étoile"),
        ("engagement=oui&q=Taxi", "Aucune entreprise ne correspond", "Taxi Étoile"),
    ],
)
async def test_a_filter_narrows_the_list(alice: Browser, query: str, inside: str, outside: str) -> None:
    page = await alice.read(f"/console/portefeuille?{query}")
    assert inside in page
    assert outside not in page


async def test_the_list_of_those_whose_end_is_announced_holds_them_alone(alice: Browser, town: Town) -> None:
    velos = town.firm("Vélos Belleville")
    async with town.engine.begin() as connection:
        await connection.execute(update(journeys).where(journeys.c.siren == velos.siren).values(phase=Phase.NOTICE))
    page = await alice.read("/console/portefeuille?phase=notice")
    assert "1 entreprise" in page
    assert velos.name in page
    assert "Taxi Étoile" not in page


async def test_filters_stay_in_the_address_from_page_to_page(alice: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portfolio, "SHOWN", 3)
    seen: list[str] = []
    path: str | None = "/console/portefeuille?comptable=non"
    while path:
        page = await alice.read(path)
        seen += [line.split('"')[3] for line in page.splitlines() if line.startswith('<th scope="row">')]
        links = [line.split('"')[1] for line in page.splitlines() if 'rel="next"' in line]
        path = f"/console/portefeuille{links[0]}" if links else None
        assert not path or parse_qs(urlsplit(path).query)["comptable"] == ["non"]
    assert len(seen) == len(set(seen)) > 6


async def test_a_page_costs_the_same_queries_whatever_its_length(alice: Browser, town: Town) -> None:
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    event.listen(town.engine.sync_engine, "before_cursor_execute", note)
    await alice.read("/console/portefeuille")
    event.remove(town.engine.sync_engine, "before_cursor_execute", note)
    assert len([it for it in asked if it.startswith("SELECT") and "FROM" in it and "pg_catalog" not in it]) == 2
