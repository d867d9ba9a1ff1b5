from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import get_args

import pytest

from domain.law import FIGURES, FigureName, UnknownFigure, figure


def test_a_figure_is_the_one_in_force_that_day() -> None:
    assert figure("pmss", date(2025, 12, 31)).value == Decimal(3925)
    assert figure("pmss", date(2026, 1, 1)).value == Decimal(4005)


def test_a_late_declaration_costs_what_the_law_s_note_says_in_2026() -> None:
    day = date(2026, 6, 1)
    cost = figure("late_declaration_rate", day).value * figure("pmss", day).value
    assert cost.quantize(Decimal("0.01")) == Decimal("60.08")


def test_a_year_not_yet_published_is_unknown_rather_than_guessed() -> None:
    with pytest.raises(UnknownFigure, match="pmss"):
        figure("pmss", date(2035, 1, 1))


@pytest.mark.parametrize("name", get_args(FigureName))
def test_the_values_of_a_figure_never_overlap_and_have_a_source(name: FigureName) -> None:
    rows = sorted((row for row in FIGURES if row.name == name), key=lambda row: row.since)
    assert rows
    assert all(row.source and row.unit for row in rows)
    assert all(a.until is not None and a.until < b.since for a, b in pairwise(rows))
