"""What a simulated month asks of agents: calls, appointments, plan decisions and hours."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from domain.simulation import Cell, Tally

MINUTES = {
    "call": 15,
    "letter": 15,
    "contact": 10,
    "handover": 20,
    "assign_referent": 5,
    "plan_answer": 5,
    "plan_broken": 20,
    "appointment_preparation": 20,
    "appointment_outcome": 5,
    "partner_meeting": 10,
    "remission": 15,
    "refund": 20,
    "mediation": 60,
    "plan": 25,
    "appointment": 45,
}
"""Minutes an agent spends on a task of each kind, on the decision of a ``plan`` and on an ``appointment``."""

OTHER_MINUTES = 15
"""Minutes for a kind of task that :data:`MINUTES` does not name."""


@dataclass(frozen=True)
class Load:
    """The work of one month in one organisation."""

    calls: int = 0
    appointments: int = 0
    plan_decisions: int = 0
    minutes: int = 0

    def __add__(self, other: Load) -> Load:
        return Load(
            self.calls + other.calls,
            self.appointments + other.appointments,
            self.plan_decisions + other.plan_decisions,
            self.minutes + other.minutes,
        )

    @property
    def hours(self) -> float:
        """Agent hours, to a tenth."""
        return round(self.minutes / 60, 1)


def workload(tally: Tally) -> dict[tuple[str, str], Load]:
    """The load by month and organisation, in order."""
    loads: dict[tuple[str, str], Load] = defaultdict(Load)
    for cell, count in tally.items():
        loads[cell.month, cell.organisation] += _load(cell, count)
    return dict(sorted(loads.items()))


def _load(cell: Cell, count: int) -> Load:
    match cell.family:
        case "task":
            calls = count if cell.name == "call" else 0
            return Load(calls=calls, minutes=count * MINUTES.get(cell.name, OTHER_MINUTES))
        case "appointment":
            return Load(appointments=count, minutes=count * MINUTES["appointment"])
        case "decision":
            return Load(plan_decisions=count, minutes=count * MINUTES[cell.name])
        case _:
            return Load()
