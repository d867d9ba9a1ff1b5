"""EXT: the dates of a journey's end, always counted from the account's opening."""

from __future__ import annotations

from datetime import date

from domain.calendar import add_months
from domain.policy import Policy
from domain.state import CloseReason, Journey


def end_of(journey: Journey, policy: Policy) -> date:
    """The last day of the journey, counted from the account's opening (EXT-1, EXT-2, EXT-4)."""
    if journey.resumed_until is not None:
        return journey.resumed_until
    return _end_after(journey, journey.extensions, policy)


def _end_after(journey: Journey, extensions: int, policy: Policy) -> date:
    months = policy.journey_months + extensions * policy.extension_months
    return add_months(journey.opened_on, min(months, policy.max_journey_months))


def last_end(journey: Journey, policy: Policy) -> date:
    """The day past which no journey goes (EXT-2)."""
    return add_months(journey.opened_on, policy.max_journey_months)


def next_end(journey: Journey, policy: Policy) -> date | None:
    """Where one more extension would lead, ``None`` when none is left (EXT-2)."""
    end = end_of(journey, policy)
    if journey.extensions >= policy.max_extensions or end >= last_end(journey, policy):
        return None
    if journey.resumed_until is not None:
        return min(add_months(end, policy.extension_months), last_end(journey, policy))
    return _end_after(journey, journey.extensions + 1, policy)


def notice_day(journey: Journey, policy: Policy) -> date:
    """When the end is announced: one month before it, counted from the opening (EXT-1)."""
    if end_of(journey, policy) == last_end(journey, policy):
        return add_months(journey.opened_on, policy.max_journey_months - policy.notice_months)
    if journey.resumed_until is not None:
        return add_months(journey.resumed_until, -policy.notice_months)
    months = policy.journey_months + journey.extensions * policy.extension_months
    return add_months(journey.opened_on, months - policy.notice_months)


def shown_end(journey: Journey, policy: Policy) -> date:
    """The end an agent reads: the day it closed, or the day it will."""
    if journey.closed_at is not None:
        return policy.calendar.day_of(journey.closed_at)
    return end_of(journey, policy)


def ends(journey: Journey) -> tuple[CloseReason, ...]:
    """Why the journey ended or is about to, with the collective procedure that an earlier end would hide (EXT-5)."""
    announced = journey.closing.reason if journey.closing else None
    procedure = CloseReason.PROCEDURE if journey.procedure_on else None
    return tuple(it for it in (journey.close_reason, announced, procedure) if it)


def in_procedure(journey: Journey) -> bool:
    """A collective procedure forbids to ask for what was due before it (EXT-5)."""
    return CloseReason.PROCEDURE in ends(journey)
