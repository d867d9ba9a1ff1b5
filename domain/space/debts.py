"""SPC-3, SPC-4: what is missing of past periods, and the plans that spread it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from domain.cases import Incident, IncidentStatus, Instalment, Plan, PlanStatus, Served
from domain.duty import World
from domain.rules.arrears import is_in_forced_recovery, is_small, left_to_pay, status_of
from domain.rules.instalments import instalments_due
from domain.rules.plans import clock_of, left_on, pending_plan, raised_on
from domain.rules.term import in_procedure
from domain.space.due_lines import period_label
from domain.state import Journey


@dataclass(frozen=True)
class Debt:
    """A period in difficulty that no plan spreads; ``left`` in euros, ``None`` when nobody said how much.

    ``served``: the last formal notice or writ that stands. ``asked``: the plan whose answer is awaited.
    """

    incident: str
    account: str
    period: str
    label: str
    kind: str
    announced: bool
    handed_over: bool
    left: Decimal | None
    due_on: date | None
    promised_on: date | None
    held: bool
    served: Served | None
    asked: str | None

    @property
    def key(self) -> str:
        """The key of its contribution."""
        return f"{self.account}/{self.period}"


class InstalmentState(StrEnum):
    """Where an instalment of a running plan stands."""

    AHEAD = "ahead"
    PAID = "paid"
    LATE = "late"


@dataclass(frozen=True)
class InstalmentLine:
    """One instalment of a running plan, ``number`` from 1; ``amount`` agreed and ``left`` to pay, in euros."""

    plan: str
    number: int
    count: int
    due_on: date
    amount: Decimal
    left: Decimal
    state: InstalmentState

    @property
    def subject(self) -> str:
        """The subject of the letter that reminds it (PLN-6)."""
        return f"instalment:{self.plan}:{self.number}"


@dataclass(frozen=True)
class PlanLine:
    """A plan that runs, with its instalments, or whose answer is awaited, with what was asked (``drawn``).

    ``left``, and ``beyond``, what an amount raised since leaves out of it, in euros. ``answer_by``: the promise of
    the organisation, its clock stopped while ``paused``; ``missing``: pieces, keys of ``PIECES``.
    """

    id: str
    account: str
    period: str
    label: str
    status: PlanStatus
    left: Decimal
    beyond: Decimal
    instalments: tuple[InstalmentLine, ...]
    drawn: tuple[Instalment, ...]
    counter: tuple[Instalment, ...]
    counter_until: datetime | None
    answer_by: datetime | None
    paused: bool
    missing: tuple[str, ...]

    @property
    def is_running(self) -> bool:
        """Its instalments are what is to be paid."""
        return self.status is PlanStatus.RUNNING


def debts(journey: Journey, world: World) -> tuple[Debt, ...]:
    """What stands, the oldest first, small sums left aside (INC-9); a collective procedure asks for none (EXT-5)."""
    if in_procedure(journey):
        return ()
    standing = (it for it in journey.incidents.values() if _stands(journey, it, world))
    return tuple(_debt(journey, it) for it in sorted(standing, key=lambda it: (it.opened_at, it.id)))


def _stands(journey: Journey, incident: Incident, world: World) -> bool:
    status = status_of(journey, incident)
    if status is IncidentStatus.HANDED_OVER:
        return True
    return status is IncidentStatus.OPEN and not is_small(left_to_pay(journey, incident), world)


def _debt(journey: Journey, incident: Incident) -> Debt:
    asked = pending_plan(journey, incident.key)
    return Debt(
        incident=incident.id,
        account=incident.account,
        period=incident.period,
        label=period_label(journey, incident.key),
        kind=incident.kind,
        announced=incident.announced,
        handed_over=status_of(journey, incident) is IncidentStatus.HANDED_OVER,
        left=left_to_pay(journey, incident),
        due_on=incident.due_on,
        promised_on=incident.promised_on,
        held=incident.hold is not None,
        served=incident.served[-1] if is_in_forced_recovery(journey, incident) else None,
        asked=asked.id if asked else None,
    )


def plans(journey: Journey, world: World) -> tuple[PlanLine, ...]:
    """The plans that run or whose answer is awaited, the oldest first."""
    stand = (it for it in journey.plans.values() if it.is_pending or it.status is PlanStatus.RUNNING)
    return tuple(_plan(journey, it, world) for it in sorted(stand, key=lambda it: (it.requested_at, it.id)))


def _plan(journey: Journey, plan: Plan, world: World) -> PlanLine:
    running = plan.status is PlanStatus.RUNNING
    promised = journey.commitments.get(clock_of(plan))
    return PlanLine(
        id=plan.id,
        account=plan.account,
        period=plan.period,
        label=period_label(journey, plan.key),
        status=plan.status,
        left=left_on(journey, plan),
        beyond=raised_on(journey, plan) if running else Decimal(0),
        instalments=tuple(_instalments(journey, plan, world)) if running else (),
        drawn=plan.instalments,
        counter=plan.counter if plan.status is PlanStatus.COUNTERED else (),
        counter_until=plan.counter_until if plan.status is PlanStatus.COUNTERED else None,
        answer_by=promised.due_at if promised and promised.met_at is None else None,
        paused=promised is not None and promised.paused_at is not None,
        missing=plan.missing,
    )


def _instalments(journey: Journey, plan: Plan, world: World) -> Iterator[InstalmentLine]:
    for due, agreed in zip(instalments_due(journey, plan), plan.instalments, strict=True):
        late = world.calendar.working_day_on_or_after(due.due_on) < world.today
        state = InstalmentState.LATE if late else InstalmentState.AHEAD
        yield InstalmentLine(
            plan=plan.id,
            number=due.number,
            count=len(plan.instalments),
            due_on=due.due_on,
            amount=agreed.amount,
            left=due.left,
            state=state if due.left else InstalmentState.PAID,
        )
