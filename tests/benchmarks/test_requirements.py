"""`make bench` runs on an environment of its own: what it imports is locked for it."""

from __future__ import annotations

import ast
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import benchmarks

HERE = Path(benchmarks.__file__).parent
LOCKED = (HERE.parent / "requirements-bench.txt").read_text()


def imported(file: Path) -> set[str]:
    """First names of all that a file imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return {name.partition(".")[0] for name in names} - sys.stdlib_module_names


def test_every_library_that_a_benchmark_imports_is_locked_for_it() -> None:
    locked = set(re.findall(r"^([a-z0-9_.-]+)(?:\[.*\])?==", LOCKED, re.MULTILINE))
    distributions = packages_distributions()
    ours = {it.stem for it in HERE.parent.iterdir()}
    missing = {
        name
        for file in HERE.rglob("*.py")
        for name in imported(file) - ours
        if not {it.lower() for it in distributions.get(name, [name])} & locked
    }
    assert missing == set()
