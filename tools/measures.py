"""`make measures`: what the code looks like from afar, as a mirror and not as a target.

Counted in the product alone, without tests, benchmarks and migrations: sizes of functions and files, one-word function
names, class names that stand in several files, how much of the code a page or the step reaches, circles of imports,
`it` outside comprehensions, rows that pages read without a type.
"""

from __future__ import annotations

import ast
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from statistics import median, quantiles

ROOT = Path(__file__).parents[1]
LEFT_OUT = ("tests", "benchmarks", "migrations", "tools", "build")
PAGES = "web.console."
STEP = ".stepping"
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
Function = ast.FunctionDef | ast.AsyncFunctionDef


class Module:
    """One file of the product."""

    def __init__(self, path: Path) -> None:
        parts = path.relative_to(ROOT).with_suffix("").parts
        self.name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        self.text = path.read_text(encoding="utf-8")
        self.tree = ast.parse(self.text)

    @cached_property
    def functions(self) -> list[Function]:
        """Methods and inner functions too."""
        return [node for node in ast.walk(self.tree) if isinstance(node, Function)]

    def imports(self, known: set[str]) -> Iterator[str]:
        """The modules of the product that it imports when it runs, wherever the import stands."""
        for node in running(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names if alias.name in known)
            elif isinstance(node, ast.ImportFrom) and node.module:
                inner = [f"{node.module}.{alias.name}" for alias in node.names]
                yield from (name for name in inner if name in known)
                if node.module in known and not all(name in known for name in inner):
                    yield node.module


def running(tree: ast.AST) -> Iterator[ast.AST]:
    """Its nodes, without what only a type checker reads."""
    for node in ast.iter_child_nodes(tree):
        if not (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)):
            yield node
            yield from running(node)


def product(root: Path = ROOT) -> list[Module]:
    """Every module of the packages, and those at the root."""
    packages = (path.parent for path in sorted(root.glob("*/__init__.py")))
    files = [file for folder in packages if folder.name not in LEFT_OUT for file in sorted(folder.rglob("*.py"))]
    return [Module(path) for path in (*files, *sorted(root.glob("*.py")))]


def spread(sizes: Iterable[int]) -> str:
    """``median 6, p90 14, max 57``."""
    known = sorted(sizes)
    return f"median {median(known):.0f}, p90 {quantiles(known, n=10)[-1]:.0f}, max {known[-1]}"


def lines_of(function: Function) -> int:
    """From its first line to its last."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


def one_word(names: Iterable[str]) -> str:
    """The share of names that are one word, ``_`` before it aside; Python's own do not count."""
    own = [name.strip("_") for name in names if not name.startswith("__")]
    single = [name for name in own if "_" not in name]
    return f"{len(single) / len(own):.0%} ({len(single)} of {len(own)})"


def classes_twice(modules: Iterable[Module]) -> str:
    """Class names that stand in more than one file."""
    found = Counter(
        name
        for module in modules
        for name in {node.name for node in ast.walk(module.tree) if isinstance(node, ast.ClassDef)}
    )
    twice = [name for name, count in found.items() if count > 1]
    return f"{len(twice)} of {len(found)}"


def graph(modules: Iterable[Module]) -> dict[str, set[str]]:
    """Who imports whom."""
    listed = list(modules)
    known = {module.name for module in listed}
    return {module.name: set(module.imports(known)) - {module.name} for module in listed}


def reached(start: str, arrows: dict[str, set[str]]) -> int:
    """How many modules of ours are loaded with one, packages on the way not counted."""
    seen, ahead = {start}, [start]
    while ahead:
        new = arrows[ahead.pop()] - seen
        seen |= new
        ahead += new
    return len(seen) - 1


def circles(arrows: dict[str, set[str]]) -> list[list[str]]:
    """Circles of imports, each opened at its first arrow until none is left."""
    left, found = {name: set(others) for name, others in arrows.items()}, []
    while True:
        try:
            TopologicalSorter(left).prepare()
        except CycleError as error:
            circle = error.args[1]
            found.append(circle)
            left[circle[1]].discard(circle[0])
        else:
            return found


def its(tree: ast.AST, inside: bool = False) -> int:
    """How often ``it`` is read or bound outside a comprehension."""
    inside = inside or isinstance(tree, COMPREHENSIONS)
    here = (isinstance(tree, ast.Name) and tree.id == "it") or (isinstance(tree, ast.arg) and tree.arg == "it")
    return (here and not inside) + sum(its(child, inside) for child in ast.iter_child_nodes(tree))


def measures(modules: list[Module]) -> dict[str, Callable[[], str]]:
    """Each measure by its name."""
    functions = [function for module in modules for function in module.functions]
    arrows = graph(modules)
    pages = [reached(name, arrows) for name in arrows if name.startswith(PAGES)]
    steps = [reached(name, arrows) for name in arrows if name.endswith(STEP)]
    return {
        "functions, lines": lambda: spread(map(lines_of, functions)),
        "files, lines": lambda: spread(len(module.text.splitlines()) for module in modules),
        "one-word function names": lambda: one_word(function.name for function in functions),
        "class names in two files": lambda: classes_twice(modules),
        "modules reached from a console page": lambda: spread(pages),
        "modules reached from the step": lambda: ", ".join(map(str, steps)),
        "circles of imports": lambda: str(len(circles(arrows))),
        "`it` outside comprehensions": lambda: str(sum(its(module.tree) for module in modules)),
        "`Row[Any]`": lambda: str(sum(module.text.count("Row[Any]") for module in modules)),
    }


def main() -> None:
    """Print them; with ``--circles``, what the circles are."""
    modules = product()
    for name, measure in measures(modules).items():
        print(f"{name:38} {measure()}")
    if "--circles" in sys.argv:
        for circle in circles(graph(modules)):
            print("  " + " -> ".join(reversed(circle)))


if __name__ == "__main__":
    main()
