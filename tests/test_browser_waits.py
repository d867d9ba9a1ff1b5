"""A test in a browser that looks before the next page has loaded passes on a quick machine only."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
BROWSER = TESTS / "browser.py"


def _sends_without_waiting(call: ast.Call) -> bool:
    """A click, or the Enter key."""
    if not isinstance(call.func, ast.Attribute):
        return False
    pressed = [argument.value for argument in call.args if isinstance(argument, ast.Constant)]
    return call.func.attr in ("click", "dblclick", "tap") or (call.func.attr == "press" and "Enter" in pressed)


def _lines_of(source: str) -> Iterator[int]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and _sends_without_waiting(node):
            yield node.lineno


@pytest.mark.parametrize("line", ["tab.locator('a').click()", "tab.keyboard.press('Enter')", "tab.click('a')"])
def test_what_leads_to_a_page_without_waiting_for_it_is_seen(line: str) -> None:
    assert list(_lines_of(line)) == [1]


def test_every_browser_test_waits_for_the_page_it_looks_at() -> None:
    others = [file for file in TESTS.rglob("*.py") if file not in (BROWSER, Path(__file__))]
    found = [f"{file.relative_to(TESTS)}:{line}" for file in others for line in _lines_of(file.read_text())]
    assert found == [], "use follow(), enter() or unfold() of tests/browser.py"
