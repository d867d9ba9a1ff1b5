"""POL-2: a new version of the policy takes effect when the journey's next month begins."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time

from domain.calendar import add_months
from domain.duty import Duty, World
from domain.effects import Record
from domain.rulebook import Rulebook
from domain.state import Journey

MIDNIGHT = time(0)


def duties(journey: Journey, world: World) -> Iterator[Duty]:
    """Adopt the organisation's current policy at the start of the month that follows the first look at it."""
    if not journey.is_open or journey.policy_version in ("", world.current.version):
        return
    version, since = journey.policy_awaited or ("", world.now)
    known_since = since if version == world.current.version else world.now
    start = next_month_start(journey, world.calendar.day_of(known_since))
    adopted = Record(rule="POL-2", summary="Nouvelle version de la politique appliquée au parcours", label="policy")
    yield Duty.of(
        world.calendar.at(start, MIDNIGHT),
        f"POL-2:{world.current.version}:{start}",
        (adopted,),
        change=lambda state, _: state.but(policy_version=world.current.version),
    )


def looked_at(journey: Journey, rulebook: Rulebook, now: datetime) -> Journey:
    """The same journey at the end of a step: its policy, and the newer one it knows of since then or since before."""
    own, current = rulebook.version_of(journey), rulebook.current[journey.organisation].version
    known = journey.policy_awaited
    awaited = None if own == current else known if known and known[0] == current else (current, now)
    return journey.but(policy_version=own, policy_awaited=awaited)


def next_month_start(journey: Journey, after: date) -> date:
    """The first monthly anniversary of the opening strictly after a day."""
    months = (after.year - journey.opened_on.year) * 12 + after.month - journey.opened_on.month
    start = add_months(journey.opened_on, months)
    return start if start > after else add_months(journey.opened_on, months + 1)
