"""No machine word on any page for people: codes, accounts of agents, event types, literals, instants of machines."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from sqlalchemy import select

from db.tables import messages, tasks
from tests.web.console.conftest import Browser
from tests.web.console.town import Town
from tests.web.console.working_day import begin, every_page

MACHINE = {
    "snake case": re.compile(r"\b[a-z]+(?:_[a-z]+)+\b"),
    "dotted name": re.compile(r"(?<![@\w./-])[a-z]+(?:\.[a-z]+)+\b(?!\.?[/@])"),
    "literal": re.compile(r"\{'|\['|\[\{|Decimal\(|\bNone\b|\bTrue\b|\bFalse\b|\bnull\b"),
    "optional plural": re.compile(r"\(s\)|\(x\)"),
    "machine's instant": re.compile(r"\d{4}-\d\d-\d\d|T\d\d:\d\d:\d\d|\+00:00"),
    "machine's amount": re.compile(r"\b\d+\.\d\d\b"),
    "code": re.compile(r"\b(?:enterprise|accountant|unpaid|admin|supervisor|mediator)\b"),
    "organisation": re.compile(r"(?<![@\w.])urssaf-[a-z]+(?:-[a-z]+)*(?![\w.])"),
}
BROKEN = {
    "amount": re.compile(r"\d [€]|\d \d{3}\b(?=[\d\s,]*€)"),
    "telephone": re.compile(r"\b0\d(?: \d\d){4}\b"),
    "SIREN": re.compile(r"\b\d{3} \d{3} \d{3}\b"),
}


class Words(HTMLParser):
    """What a person reads of a page, letters and what people typed apart."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self._skipped: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag in ("input", "meta", "link", "br"):
            return
        if self._skipped or tag in ("script", "style", "textarea") or "letter" in (named.get("class") or "").split():
            self._skipped.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._skipped:
            self._skipped.pop()

    def handle_data(self, data: str) -> None:
        if not self._skipped:
            self.pieces.append(data)


def words_of(html: str) -> list[str]:
    reader = Words()
    reader.feed(html)
    return [" ".join(it.split("\n")) for it in reader.pieces if it.strip()]


def faults_of(html: str) -> set[tuple[str, str]]:
    return {
        (name, found[0]) for piece in words_of(html) for name, it in MACHINE.items() for found in it.finditer(piece)
    } | {(name, found[0]) for piece in words_of(html) for name, it in BROKEN.items() for found in it.finditer(piece)}


async def _console_pages(town: Town) -> dict[str, str]:
    found = await every_page(town)
    async with town.engine.connect() as connection:
        ours = tasks.c.organisation == "urssaf-idf"
        for row in (await connection.execute(select(tasks.c.id, tasks.c.key).where(ours))).all():
            found[f"tâche {row.key}"] = f"/console/taches/{row.id}"
        mine = messages.c.organisation == "urssaf-idf"
        for row in (await connection.execute(select(messages).where(mine))).all():
            found[f"pourquoi {row.template}"] = f"/console/entreprises/{row.siren}/messages/{row.id}"
    for firm in town.firms:
        if firm.organisation == "urssaf-idf":
            found[firm.name] = f"/console/entreprises/{firm.siren}?historique"
    return found


@pytest.mark.parametrize("role", ["agent", "admin"])
async def test_no_page_of_the_console_speaks_as_machines_do(
    town: Town, sign_in: Callable[..., Browser], role: str
) -> None:
    await begin(town)
    browser = sign_in(role)
    pages = {name: await browser.client.get(path) for name, path in (await _console_pages(town)).items()}
    faults = {name: faults_of(page.text) for name, page in pages.items()}
    assert {name: found for name, found in faults.items() if found} == {}
