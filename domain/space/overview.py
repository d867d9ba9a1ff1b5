"""SPC-4: all that the pages of one enterprise may say of it, read once from what its rules know and foresee."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from domain.duty import World
from domain.effects import Effect, Record, SendMessage
from domain.forecast import Upcoming, forecast
from domain.rulebook import Rulebook
from domain.rules.term import shown_end
from domain.space.appointments import AnswerOwed, AppointmentLine, answers_owed, appointments
from domain.space.debts import Debt, PlanLine, debts, plans
from domain.space.due_lines import DueLine, lines_ahead, lines_past
from domain.space.reminders import LetterRow, Reminder, reminder_of
from domain.state import Journey

ANNOUNCED = ("exit_reminder", "yearly_statement")
"""The letters that are steps of the accompaniment."""


@dataclass(frozen=True)
class Milestone:
    """A step of the accompaniment ahead."""

    on: date
    summary: str


@dataclass(frozen=True)
class Overview:
    """What stands and what is ahead of one enterprise; ``reminders`` by the ``subject`` of what they remind."""

    is_open: bool
    ends_on: date
    ahead: tuple[DueLine, ...]
    past: tuple[DueLine, ...]
    plans: tuple[PlanLine, ...]
    debts: tuple[Debt, ...]
    appointments: tuple[AppointmentLine, ...]
    answers: tuple[AnswerOwed, ...]
    milestones: tuple[Milestone, ...] = ()
    reminders: dict[str, Reminder] = field(default_factory=dict)


def standing_overview(journey: Journey, world: World) -> Overview:
    """What is ahead and what stands; ``journey`` is as its rules see it once all that is due by now is done."""
    return Overview(
        is_open=journey.is_open,
        ends_on=shown_end(journey, world.policy),
        ahead=lines_ahead(journey, world),
        past=lines_past(journey, world),
        plans=plans(journey, world),
        debts=debts(journey, world),
        appointments=appointments(journey, world.now),
        answers=answers_owed(journey),
    )


def overview(
    stored: Journey, standing: Journey, now: datetime, rulebook: Rulebook, letters: Sequence[LetterRow]
) -> Overview:
    """The same, with what was said and what will be; the forecast starts from the journey as it is ``stored``."""
    world = rulebook.world(standing, now)
    seen, foreseen = standing_overview(standing, world), forecast(stored, now, rulebook)
    return replace(
        seen,
        milestones=tuple(_milestones(foreseen, world)),
        reminders=dict(_reminders(seen, letters, foreseen)),
    )


def _reminders(
    seen: Overview, letters: Sequence[LetterRow], foreseen: Sequence[Upcoming]
) -> Iterator[tuple[str, Reminder]]:
    corrections = {it.subject: f"correction:{it.key}:" for it in seen.ahead if it.asks}
    instalments = (it.subject for plan in seen.plans for it in plan.instalments if it.left)
    for subject in (*corrections, *instalments):
        reminder = reminder_of(subject, letters, foreseen, corrections.get(subject))
        if reminder:
            yield subject, reminder


def _milestones(foreseen: Sequence[Upcoming], world: World) -> Iterator[Milestone]:
    for step in foreseen:
        if step.withheld is None and _is_milestone(step.effect):
            yield Milestone(world.calendar.day_of(step.at), step.effect.summary)


def _is_milestone(effect: Effect) -> bool:
    match effect:
        case Record(label="phase"):
            return True
        case SendMessage(template=template):
            return template in ANNOUNCED
    return False
