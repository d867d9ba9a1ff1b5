"""`make measures` counts what it says it counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import measures

FILES = {
    "one/__init__.py": "",
    "one/near.py": """
from one import far

class Twice: ...

def open_file(it): return it

def close(): return [it for it in ""]
""",
    "one/far.py": """
import typing

if typing.TYPE_CHECKING:
    from one import near

class Twice: ...
class Once: ...
""",
    "one/round.py": "from one import trip",
    "one/trip.py": """
def later():
    from one import round
""",
    "tests/__init__.py": "class Once: ...",
}


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[measures.Module]:
    monkeypatch.setattr(measures, "ROOT", tmp_path)
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return measures.product(tmp_path)


def test_only_the_product_is_counted(modules: list[measures.Module]) -> None:
    assert {module.name for module in modules} == {"one", "one.near", "one.far", "one.round", "one.trip"}


def test_what_only_a_type_checker_imports_is_no_circle_and_what_a_function_imports_is(
    modules: list[measures.Module],
) -> None:
    arrows = measures.graph(modules)
    assert [sorted(set(circle)) for circle in measures.circles(arrows)] == [["one.round", "one.trip"]]
    assert measures.reached("one.near", arrows) == 1
    assert measures.reached("one.far", arrows) == 0


def test_a_class_in_two_files_a_word_and_an_it_are_counted(modules: list[measures.Module]) -> None:
    assert measures.classes_twice(modules) == "1 of 2"
    assert measures.one_word(["open_file", "close", "_later", "__init__"]) == "67% (2 of 3)"
    assert sum(measures.its(module.tree) for module in modules) == 2


def test_every_measure_can_be_taken_of_this_repository() -> None:
    taken = {name: measure() for name, measure in measures.measures(measures.product()).items()}
    assert all(any(sign.isdigit() for sign in said) for said in taken.values())
