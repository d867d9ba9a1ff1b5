"""On a phone the cells of a wide table stand below each other: each says what it is."""

from __future__ import annotations

import re

import pytest

from web.rendering import FOLDER

TABLES = [
    (page.name, table)
    for page in sorted((FOLDER / "templates").rglob("*.j2"))
    for table in re.findall(r'<table class="stackable">.*?</table>', page.read_text(), flags=re.DOTALL)
]


@pytest.mark.parametrize(("page", "table"), TABLES)
def test_every_cell_of_a_stacked_table_has_its_label(page: str, table: str) -> None:
    cells = re.findall(r"<td[^>]*>(.*?)</td>", table, flags=re.DOTALL)
    bare = [it for it in cells if "narrow-only" not in it and not it.lstrip().startswith("<form")]
    assert bare == [], page


def test_there_are_tables_to_look_at() -> None:
    assert len(TABLES) > 8
