"""THR: what changes at 11, 20 and 50 employees, told once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from domain.absorption import Absorbed, absorb, noted, outdated
from domain.calendar import add_months
from domain.duty import Duty, World
from domain.effects import Purpose, SendMessage
from domain.facts import HeadcountChanged
from domain.headcount import Crossing, Headcount
from domain.policy import Policy
from domain.state import Channel, Journey

THRESHOLDS = (11, 20, 50)


@absorb.register
def _(fact: HeadcountChanged, journey: Journey) -> Absorbed:
    summary = f"Effectif : {fact.headcount}"
    journey = journey.but(
        crossings=_crossings(journey, fact),
        headcounts=_headcounts(journey, fact),
        staffed_on=_staffed_on(journey, fact),
    )
    if not journey.is_newest("headcount", fact.at, fact.id):
        return journey, outdated("THR-1", summary, fact)
    changed = journey.but(headcount=fact.headcount).stamped("headcount", fact.at, fact.id)
    return changed, noted("THR-1", summary, fact)


def _crossings(journey: Journey, fact: HeadcountChanged) -> tuple[Crossing, ...]:
    """Thresholds that this headcount reaches; the first event received keeps each."""
    known = {crossing.threshold: crossing for crossing in journey.crossings}
    for threshold in THRESHOLDS:
        if threshold <= fact.headcount:
            found = Crossing(threshold, fact.headcount, fact.received_at, fact.id)
            known[threshold] = min(known.get(threshold, found), found, key=lambda it: (it.at, it.event_id))
    return tuple(known[threshold] for threshold in sorted(known))


def _headcounts(journey: Journey, fact: HeadcountChanged) -> tuple[Headcount, ...]:
    return tuple(sorted({*journey.headcounts, Headcount(fact.on, fact.id, fact.headcount)}))


def _staffed_on(journey: Journey, fact: HeadcountChanged) -> date | None:
    return min(journey.staffed_on or fact.on, fact.on) if fact.headcount > 0 else journey.staffed_on


def duties(journey: Journey, _world: World) -> Iterator[Duty]:
    """One letter per threshold crossed."""
    if not journey.is_open or journey.started_at is None:
        return
    for crossing in journey.crossings:
        if crossing.threshold > journey.headcount_at_opening:
            at = max(crossing.at, journey.started_at)
            yield Duty.of(at, f"THR-1:{crossing.threshold}", (_letter(crossing),))


def _letter(crossing: Crossing) -> SendMessage:
    return SendMessage(
        rule="THR-1",
        summary=f"Seuil de {crossing.threshold} salariés : ce qui change, ce qui est gelé cinq ans",
        subject=f"threshold:{crossing.threshold}",
        template=f"threshold_{crossing.threshold}",
        purpose=Purpose.INFORMATION,
        channels=(Channel.MAIL,),
        facts={"headcount": crossing.headcount},
        copy_accountant=True,
        event_id=crossing.event_id,
    )


def in_strong_growth(journey: Journey, policy: Policy) -> bool:
    """The headcount is near the first threshold, or its trend leads there soon (THR-2)."""
    if journey.headcount >= policy.growth_headcount:
        return True
    if not journey.headcounts:
        return False
    latest = journey.headcounts[-1]
    gained = latest.count - _headcount_on(journey, add_months(latest.on, -policy.growth_trend_months))
    return latest.count * policy.growth_trend_months + gained * policy.growth_months >= (
        THRESHOLDS[0] * policy.growth_trend_months
    )


def _headcount_on(journey: Journey, day: date) -> int:
    known = [it.count for it in journey.headcounts if it.on <= day]
    return known[-1] if known else journey.headcount_at_opening
