"""What a benchmark says: tables, goals met or missed, notes; the JSON file, the page and the document come of it."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Value = str | int | float | None


@dataclass(frozen=True)
class Table:
    """Rows of named columns; ``plot`` names the column drawn as bars."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    plot: str | None = None


@dataclass(frozen=True)
class Goal:
    """A goal of the project and what was measured for it."""

    text: str
    measured: float
    bound: float
    at_least: bool = True

    @property
    def met(self) -> bool:
        """Whether the goal is reached."""
        return self.measured >= self.bound if self.at_least else self.measured <= self.bound


@dataclass(frozen=True)
class Section:
    """One benchmark's findings."""

    name: str
    title: str
    tables: tuple[Table, ...]
    goals: tuple[Goal, ...] = ()
    notes: tuple[str, ...] = ()


def quantile(values: Iterable[float], share: float) -> float:
    """The value below which ``share`` of them lie (nearest rank); NaN for none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def median(values: Sequence[float]) -> float:
    """The middle value; NaN for none."""
    return statistics.median(values) if values else float("nan")
