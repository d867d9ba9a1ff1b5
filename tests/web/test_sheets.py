"""The practical sheets on thresholds: open to everybody, one for each size that a letter tells of (THR-1)."""

from __future__ import annotations

import re
from html import unescape
from itertools import groupby

import pytest

from domain.rules.thresholds import THRESHOLDS
from domain.sizes import SHEETS, Freeze
from tests.web.conftest import Pages

SAID = {
    11: (
        "Versement mobilité",
        "0,55 % des salaires",
        "1 % des salaires",
        "8 % des contributions",
        "trimestriel",
        "CSE",
    ),
    20: ("Travailleurs handicapés", "CSE"),
    50: ("0,10 % des salaires", "0,50 % des salaires", "PEEC", "le 5 du mois", "Participation"),
}


async def words(pages: Pages, size: int) -> str:
    answer = await pages.browser.get(f"/fiches/{size}")
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", unescape(answer.text)).replace("\u00a0", " ").split())


@pytest.mark.parametrize("size", THRESHOLDS)
async def test_a_sheet_says_what_changes_and_how_headcount_is_counted(pages: Pages, size: int) -> None:
    text = await words(pages, size)
    for said in (*SAID[size], f"{size} salariés", "cinq années civiles de suite", "moyenne", "apprentis"):
        assert said in text


async def test_what_is_frozen_stands_under_that_heading(pages: Pages) -> None:
    text = await words(pages, 11)
    frozen, at_once = text.index(Freeze.FROZEN), text.index(Freeze.AT_ONCE)
    assert frozen < text.index("Versement mobilité") < at_once < text.index("CSE")


def test_every_heading_stands_once_on_its_sheet() -> None:
    for changes in SHEETS.values():
        headings = [heading for heading, _ in groupby(changes, key=lambda it: it.freeze)]
        assert len(headings) == len(set(headings))


@pytest.mark.parametrize("path", ["/fiches/12", "/fiches/0", "/fiches/onze", "/fiches/"])
async def test_there_is_no_sheet_for_another_size(pages: Pages, path: str) -> None:
    assert (await pages.browser.get(path)).status_code == 404
