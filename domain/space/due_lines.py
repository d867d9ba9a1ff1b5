"""SPC-3, SPC-4: the due dates of an enterprise, ahead and past, with what each still asks for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from domain.accounts import account_named, with_account
from domain.cases import IncidentStatus
from domain.duty import World
from domain.identifiers import parse_period
from domain.obligations import Kind
from domain.rules.arrears import left_to_pay, standing_incident, status_of
from domain.rules.due_dates import DueDate, due_date_on, due_dates, said_due_dates, still_asked
from domain.rules.plans import covering_plan, raised_on
from domain.rules.term import in_procedure
from domain.state import Contribution, Journey

NOTHING = Decimal(0)


class DueState(StrEnum):
    """Where a due date stands; ``unknown``: it is past, and nobody told us whether it was paid."""

    AHEAD = "ahead"
    PAID = "paid"
    NOTHING_DUE = "nothing_due"
    DECLARED = "declared"
    PLANNED = "planned"
    LATE = "late"
    HANDED_OVER = "handed_over"
    UNKNOWN = "unknown"


DONE = (DueState.PAID, DueState.NOTHING_DUE, DueState.DECLARED)
"""Nothing is left to do."""


@dataclass(frozen=True)
class DueLine:
    """One due date; ``kind`` is what the law asks there, ``asks`` what is left to do, ``None`` when nothing is.

    ``amount`` as stated and ``left`` to pay, in euros, ``None`` while unknown. ``label``: its period in French, with
    the account when there are several (ENR-7). ``subject``: that of the letter that reminds it (REM-2).
    """

    account: str
    period: str
    label: str
    kind: Kind
    nominal_on: date
    due_on: date
    amount: Decimal | None
    left: Decimal | None
    state: DueState
    asks: Kind | None
    subject: str

    @property
    def key(self) -> str:
        """The key of its contribution."""
        return f"{self.account}/{self.period}"


def period_label(journey: Journey, key: str) -> str:
    """``octobre 2026``, with the account when there are several, of the key ``account/period`` (ENR-7)."""
    account, _, period = key.rpartition("/")
    return with_account(parse_period(period).label, account_named(journey, key) and account)


def lines_ahead(journey: Journey, world: World) -> tuple[DueLine, ...]:
    """The due dates from today on that an open journey follows, in order."""
    if not journey.is_open:
        return ()
    ahead = (due for due in due_dates(journey, world) if due.due_on >= world.today)
    return tuple(sorted((_ahead(journey, due) for due in ahead), key=_order))


def lines_past(journey: Journey, world: World) -> tuple[DueLine, ...]:
    """The due dates before today that Urssaf's systems stated, in order; a collective procedure asks for none."""
    if in_procedure(journey):
        return ()
    stated = ((known, due_on) for known, due_on in said_due_dates(journey) if due_on < world.today)
    found = (_past(journey, due_date_on(journey, known, due_on, world)) for known, due_on in stated)
    return tuple(sorted(found, key=_order))


def _order(line: DueLine) -> tuple[date, str]:
    return line.due_on, line.key


def _ahead(journey: Journey, due: DueDate) -> DueLine:
    asked = still_asked(journey, due)
    return _line(journey, due, _state(journey, due), asked)


def _past(journey: Journey, due: DueDate) -> DueLine:
    state = _state(journey, due)
    return _line(journey, due, DueState.UNKNOWN if state is DueState.AHEAD else state, None)


def _line(journey: Journey, due: DueDate, state: DueState, asked: DueDate | None) -> DueLine:
    known = due.contribution
    return DueLine(
        account=known.account,
        period=due.period,
        label=period_label(journey, known.key),
        kind=due.kind,
        nominal_on=due.nominal_on,
        due_on=due.due_on,
        amount=None if due.kind == "declaration" else known.amount,
        left=NOTHING if due.kind == "declaration" or state in DONE else _left(journey, known),
        state=state,
        asks=asked.kind if asked else None,
        subject=f"due:{(asked or due).key}",
    )


def _state(journey: Journey, due: DueDate) -> DueState:
    known = due.contribution
    if due.kind == "declaration" and known.key in journey.declared:
        return DueState.DECLARED
    if due.kind != "declaration" and known.settled:
        return DueState.NOTHING_DUE if known.amount == 0 else DueState.PAID
    if due.kind != "declaration" and covering_plan(journey, known.key):
        return DueState.PLANNED
    incident = standing_incident(journey, known)
    if incident is None:
        return DueState.AHEAD
    handed_over = status_of(journey, incident) is IncidentStatus.HANDED_OVER
    return DueState.HANDED_OVER if handed_over else DueState.LATE


def _left(journey: Journey, known: Contribution) -> Decimal | None:
    """What is to be paid of a period by itself: what a plan covers is paid by its instalments."""
    plan = covering_plan(journey, known.key)
    if plan:
        return raised_on(journey, plan)
    incident = standing_incident(journey, known)
    return left_to_pay(journey, incident) if incident else known.left
