"""docs/rules.md says where each rule lives and what shows it: whatever it names is there."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from domain.sentences import SENTENCES

ROOT = Path(__file__).parents[2]
PACKAGES = ("domain", "workflows", "activities", "db", "notifications", "api", "web", "config", "cli")
WITHOUT_NUMBER = "KPI"
"""Indicators decide nothing: they have no numbered rule, hence no line in a timeline and no sentence."""


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    id: str
    summary: str
    places: tuple[str, ...]
    tests: tuple[str, ...]
    missing: str


def rows() -> list[Row]:
    lines = (ROOT / "docs" / "rules.md").read_text().splitlines()
    cells = (
        [cell.strip() for cell in line.strip("|").split("|")] for line in lines if re.match(r"\| [A-Z]{3}\b", line)
    )
    return [Row(id_, summary, named(places), named(tests), missing) for id_, summary, places, tests, missing in cells]


def named(cell: str) -> tuple[str, ...]:
    return tuple(re.findall(r"`([^`]+)`", cell))


ROWS = rows()
EVERY = pytest.mark.parametrize("row", ROWS, ids=[row.id for row in ROWS])


@cache
def defined(file: Path) -> frozenset[str]:
    """The names a module defines at its top, and the members of its classes after a dot."""
    found: set[str] = set()
    for node in ast.parse(file.read_text()).body:
        found |= names_of(node)
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{member}" for inner in node.body for member in names_of(inner)}
    return frozenset(found)


def names_of(node: ast.stmt) -> set[str]:
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
        case ast.Assign(targets=targets):
            return {target.id for target in targets if isinstance(target, ast.Name)}
        case ast.AnnAssign(target=ast.Name(id=name)):
            return {name}
    return set()


def test_every_rule_is_in_the_table_once_and_has_its_sentence() -> None:
    ids = [row.id for row in ROWS]
    assert len(ids) == len(set(ids))
    assert set(ids) == {*SENTENCES, WITHOUT_NUMBER}


def test_rules_of_a_family_are_numbered_without_a_hole() -> None:
    families: dict[str, list[int]] = {}
    for family, number in (id_.split("-") for id_ in SENTENCES):
        families.setdefault(family, []).append(int(number))
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in families.values())


def test_every_rule_that_the_code_names_is_in_the_table() -> None:
    sources = [it.read_text() for package in PACKAGES for it in (ROOT / package).rglob("*.py")]
    said = {rule for source in sources for rule in re.findall(r"\b([A-Z]{3}-[1-9][0-9]?)\b", source)}
    families = {row.id[:3] for row in ROWS}
    assert {rule for rule in said if rule[:3] in families} <= {row.id for row in ROWS}


@EVERY
def test_what_carries_a_rule_out_exists(row: Row) -> None:
    for place in row.places:
        module, _, name = place.partition(":")
        file = ROOT / f"{module.replace('.', '/')}.py"
        assert file.exists(), f"{row.id}: no module {module}"
        assert name in defined(file), f"{row.id}: {module} defines no {name}"


@EVERY
def test_what_shows_a_rule_exists(row: Row) -> None:
    for test in row.tests:
        path, _, name = test.partition("::")
        assert name in defined(ROOT / path), f"{row.id}: {path} has no {name}"


@EVERY
def test_a_rule_is_carried_out_and_shown_or_says_what_is_missing(row: Row) -> None:
    assert row.summary
    assert (row.places and row.tests) or row.missing
