"""What is left to pay of an incident, the status that follows from it (INC-7), whether it counts (INC-4, INC-9)."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta
from decimal import Decimal

from domain.calendar import add_months
from domain.cases import Incident, IncidentStatus, Plan, PlanStatus
from domain.duty import World
from domain.payments import Payment, Since, total
from domain.rules.incidents import DECLARATIONS, incident_on, is_followed
from domain.rules.plans import covering_plan, raised_on
from domain.state import Contribution, Journey
from domain.tasks import ends

NOTHING = Decimal(0)
DAY, MIDNIGHT = timedelta(days=1), time(0)


def contribution_of(journey: Journey, incident: Incident) -> Contribution:
    """What is known of the period of an incident."""
    return journey.contribution(incident.account, incident.period)


def said_since(journey: Journey, incident: Incident) -> Since | None:
    """From when payments count on what Urssaf's systems said is missing; ``None`` when it was reckoned here."""
    if incident.paid_before is not None:
        return None
    known = contribution_of(journey, incident)
    since = known.since(incident.detected_at)
    doubtful = [it for it in known.payments if since.may_have_seen(it)]
    return replace(since, seen=_seen(known, incident, since, doubtful)) if doubtful else since


def _seen(known: Contribution, incident: Incident, since: Since, doubtful: list[Payment]) -> tuple[str, ...]:
    """Payments of that very day, when what was said missing is what the period lacks once they are counted."""
    if known.amount is None:
        return ()
    earlier = [it for it in known.payments if not since.counts(it)]
    lacked = known.amount - total([*earlier, *doubtful])
    return tuple(it.event_id for it in doubtful) if incident.amount == lacked else ()


def paid_on(journey: Journey, incident: Incident) -> Decimal:
    """What was paid since what is missing was said, in euros."""
    known = contribution_of(journey, incident)
    return known.paid_since(said_since(journey, incident), incident.paid_before or NOTHING)


def left_to_pay(journey: Journey, incident: Incident) -> Decimal | None:
    """What is missing now, in euros; ``None`` when nobody said how much.

    What was missing when it was detected, less what was paid since; never more than the period itself lacks.
    """
    paid = paid_on(journey, incident)
    said = None if incident.amount is None else incident.amount - paid + _raised_since(journey, incident)
    found = [left for left in (said, _left_of_period(journey, incident)) if left is not None]
    return max(min(found), NOTHING) if found else None


def _raised_since(journey: Journey, incident: Incident) -> Decimal:
    """What the plan on it leaves out, by an amount stated after what is missing was said."""
    stated = journey.as_of.get(f"due:{incident.key}")
    if stated is None or stated[0] <= incident.detected_at:
        return NOTHING
    on_it = (it for it in journey.plans.values() if it.key == incident.key)
    plans = (it for it in on_it if it.status is PlanStatus.RUNNING or _is_kept(it, incident))
    return max((raised_on(journey, it) for it in plans), default=NOTHING)


def _left_of_period(journey: Journey, incident: Incident) -> Decimal | None:
    return None if incident.kind in DECLARATIONS else contribution_of(journey, incident).left


def is_settled(journey: Journey, incident: Incident) -> bool:
    """Nothing is left to pay, or a plan was kept to its end (INC-7)."""
    if ended_by_plan(journey, incident):
        return True
    left = left_to_pay(journey, incident)
    if left is None:
        return paid_on(journey, incident) > 0 and incident.kind not in DECLARATIONS
    return left == 0


def ended_by_plan(journey: Journey, incident: Incident) -> bool:
    """A plan on it was kept to its end, and left nothing out (PLN-8)."""
    kept = (it for it in journey.plans.values() if it.key == incident.key and _is_kept(it, incident))
    return any(raised_on(journey, it) == 0 for it in kept)


def _is_kept(plan: Plan, incident: Incident) -> bool:
    kept = plan.status is PlanStatus.KEPT and plan.withdrawn is None
    return kept and plan.ended_at is not None and plan.ended_at >= incident.detected_at


def status_of(journey: Journey, incident: Incident) -> IncidentStatus:
    """Where the facts put an incident; its ``status`` follows (INC-7)."""
    if incident.cancelled_at:
        return IncidentStatus.CANCELLED
    if is_settled(journey, incident):
        return IncidentStatus.PAID
    if covering_plan(journey, incident.key):
        return IncidentStatus.PLANNED
    handed_over = incident.handed_over_at or is_in_forced_recovery(journey, incident)
    return IncidentStatus.HANDED_OVER if handed_over else IncidentStatus.OPEN


def standing_incident(journey: Journey, contribution: Contribution) -> Incident | None:
    """What Urssaf's systems say is amiss with a period, neither ended nor only announced by the enterprise."""
    incident = incident_on(journey, contribution.account, contribution.period)
    if incident is None or incident.announced:
        return None
    over = status_of(journey, incident) in (IncidentStatus.PAID, IncidentStatus.CANCELLED)
    return None if over else incident


@ends("debt")
def debt_is_over(incident: str, journey: Journey) -> str | None:
    """Why nobody has to speak of a debt any more, in French."""
    match status_of(journey, journey.incidents[incident]):
        case IncidentStatus.CANCELLED:
            return "l'incident est annulé"
        case IncidentStatus.PAID:
            return "la dette est réglée"
    return "une procédure collective est ouverte" if journey.procedure_on else None


def is_in_forced_recovery(journey: Journey, incident: Incident) -> bool:
    """A notice or a writ was served, and what it was served for was not taken back since."""
    cancelled = journey.as_of.get(f"cancelled:{incident.key}")
    return any(cancelled is None or it.at > cancelled[0] for it in incident.served)


def is_small(left: Decimal | None, world: World) -> bool:
    """Too little to be chased (INC-9)."""
    return left is not None and left < world.policy.small_sum


def is_chased(journey: Journey, incident: Incident, world: World) -> bool:
    """It stands open, the journey deals with it, and it is not too small to ask for (INC-9)."""
    if incident.status is not IncidentStatus.OPEN or not is_followed(journey, incident):
        return False
    stands = status_of(journey, incident) is IncidentStatus.OPEN
    return stands and not is_small(left_to_pay(journey, incident), world)


def number_of(journey: Journey, incident: Incident, world: World) -> int:
    """How many difficulties the rolling months before this one count, itself included (INC-4).

    A period counts once, whatever the number of accounts, and once more for each plan of it that broke. Neither those
    taken back nor the small sums do.
    """
    last = incident.occurrences[-1]
    day = add_months(world.calendar.day_of(last.at), -world.policy.repetition_months)
    after = world.calendar.at(day + DAY, MIDNIGHT)
    found = set[tuple[str, int]]()
    for known in journey.incidents.values():
        for it in known.occurrences:
            new = (it.period, it.rank) not in found and _counts(known, world)
            if new and it.at >= after and (it.at, it.incident) <= (last.at, last.incident):
                found.add((it.period, it.rank))
    return len(found)


def counted(incident: Incident) -> object:
    """What :func:`number_of` another incident depends on in this one."""
    return incident.occurrences, incident.cancelled_at, incident.amount


def _counts(incident: Incident, world: World) -> bool:
    return incident.cancelled_at is None and not is_small(incident.amount, world)
