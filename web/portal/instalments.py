"""Instalments as a form asks for them: drawn up evenly, filled in by hand, read back (PLN-1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_DOWN, Decimal

from starlette.datastructures import FormData

from domain.calendar import add_months
from domain.cases import Instalment
from web.amounts import euros_of

CENT = Decimal("0.01")
A_DAY = "Donnez une date, par exemple 15/03/2027."
AN_AMOUNT = "Donnez un montant en euros, par exemple 310,50."


@dataclass(frozen=True)
class Line:
    """One row of the form as it was filled in."""

    due_on: str
    amount: str

    @property
    def is_blank(self) -> bool:
        """Nothing was written: the row asks for no payment."""
        return not (self.due_on or self.amount)

    @property
    def day(self) -> date | None:
        """The date, as browsers send it or as one writes it in French; ``None`` when it is none."""
        for shape in ("%Y-%m-%d", "%d/%m/%Y"):
            try:
                return datetime.strptime(self.due_on, shape).date()
            except ValueError:
                continue
        return None

    @property
    def euros(self) -> Decimal | None:
        """The amount; ``None`` when it is none."""
        return euros_of(self.amount)


def drawn_up(debt: Decimal | None, share: Decimal | None, count: int, today: date) -> list[Line]:
    """Even monthly instalments of a debt, the first no smaller than the employee share (PLN-2); blank amounts when
    the debt is not known."""
    amounts = [""] * count if debt is None else [f"{it}" for it in _even(debt, share or Decimal(0), count)]
    return [Line(add_months(today, rank).isoformat(), amount) for rank, amount in enumerate(amounts, 1)]


def _even(debt: Decimal, share: Decimal, count: int) -> list[Decimal]:
    part = (debt / count).quantize(CENT, ROUND_DOWN)
    first = min(max(part, share), debt).quantize(CENT)
    if count == 1 or first == debt:
        return [debt.quantize(CENT)]
    following = ((debt - first) / (count - 1)).quantize(CENT, ROUND_DOWN)
    return [first, *[following] * (count - 2), debt - first - following * (count - 2)]


def filled_in(form: FormData) -> list[Line]:
    """The rows of a form, as long as they are numbered from 1 on."""
    count = sum(1 for name in form if name.startswith("date-"))
    ranks = range(1, count + 1)
    return [Line(*(str(form.get(f"{name}-{rank}") or "").strip() for name in ("date", "montant"))) for rank in ranks]


def faults(lines: list[Line]) -> Mapping[str, str]:
    """What is to be corrected, by field."""
    wrong: dict[str, str] = {}
    for rank, line in enumerate(lines, 1):
        if not line.is_blank:
            wrong |= {f"date-{rank}": A_DAY} if line.day is None else {}
            wrong |= {f"montant-{rank}": AN_AMOUNT} if line.euros is None else {}
    return wrong


def read(lines: list[Line]) -> list[Instalment]:
    """The instalments of rows without fault, blank rows left out."""
    return [Instalment(line.day, line.euros) for line in lines if line.day and line.euros]
