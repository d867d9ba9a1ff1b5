"""How an invented enterprise, and the agents around it, answer what its journey becomes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import TypeVar

from domain.calendar import Calendar, add_months
from domain.cases import Appointment, AppointmentStatus, Incident, Instalment, Plan, PlanStatus, Slot
from domain.population import Enterprise, Input
from domain.requests import Ask, Request
from domain.state import Journey, Phase

AGENT_NAME = "agent"

AGENTS_TAKE = (4, 84)
"""Hours an agent takes to decide a plan, least and most, nights and Sundays included."""

SLOT_IN_WORKING_DAYS, SLOT_MINUTES = 2, 45

CENT = Decimal("0.01")

Case = TypeVar("Case", Incident, Plan, Appointment)


def reactions(enterprise: Enterprise, before: Journey, after: Journey, now: datetime) -> Iterator[Input]:
    """What somebody will do because the journey changed."""
    if after.phase is Phase.NOTICE and before.phase is not Phase.NOTICE:
        yield from _extends(enterprise, after, now)
    for incident in _moved(before.incidents, after.incidents):
        if incident.id not in before.incidents:
            yield from _answers_incident(enterprise, incident, now)
    for plan in _moved(before.plans, after.plans):
        yield from _follows_plan(enterprise, plan, now)
    for appointment in _moved(before.appointments, after.appointments):
        yield from _meets(enterprise, appointment, now)


def _moved(before: Mapping[str, Case], after: Mapping[str, Case]) -> Iterator[Case]:
    """Cases that are new or have another status."""
    if after is before:
        return
    for id_, case in after.items():
        known = before.get(id_)
        if known is None or known.status is not case.status:
            yield case


def free_slot(calendar: Calendar, now: datetime) -> Slot:
    """Slots are never short: the work they would take is what is measured."""
    return _slot_after(calendar.day_of(now), calendar)


@lru_cache(maxsize=10_000)
def _slot_after(today: date, calendar: Calendar) -> Slot:
    day = calendar.add_working_days(today, SLOT_IN_WORKING_DAYS)
    return Slot(f"{day}", AGENT_NAME, calendar.at(day, time(10)), SLOT_MINUTES, ("in_person", "phone", "video"))


def _asked(enterprise: Enterprise, ask: Ask, name: str, at: datetime, **data: object) -> Input:
    id_ = f"{enterprise.opening.siren}:{ask}:{name}"
    return Input(at, id_, Request(id_, ask, data))


def _extends(enterprise: Enterprise, journey: Journey, now: datetime) -> Iterator[Input]:
    name = f"extension:{journey.extensions}"
    if enterprise.draw.happens(name, enterprise.habits.extension):
        later = timedelta(days=enterprise.draw.whole(f"{name}:days", 1, 25))
        yield _asked(enterprise, Ask.EXTEND, str(journey.extensions), now + later)


def _answers_incident(enterprise: Enterprise, incident: Incident, now: datetime) -> Iterator[Input]:
    name, habits = f"{incident.period}:answer", enterprise.habits
    missing = incident.amount or Decimal(0)
    shares = {"plan": habits.plan, "pays": habits.pays_later, "nothing": 1 - habits.plan - habits.pays_later}
    answer = enterprise.draw.pick(name, shares)
    if answer == "plan" and missing:
        at = now + timedelta(days=enterprise.draw.whole(f"{name}:plan", 1, 9))
        drawn = [_written(it) for it in _thirds(missing, at)]
        period = {"account": incident.account, "period": incident.period}
        yield _asked(enterprise, Ask.PLAN, incident.period, at, by="enterprise", instalments=drawn, **period)
    elif answer != "nothing":
        on = now.date() + timedelta(days=enterprise.draw.whole(f"{name}:days", 3, 40))
        yield enterprise.pays(incident.period, missing, on, "late")


def _meets(enterprise: Enterprise, appointment: Appointment, now: datetime) -> Iterator[Input]:
    id_, draw = appointment.id, enterprise.draw
    if appointment.is_offered and draw.happens(f"{id_}:books", enterprise.habits.books):
        at = now + timedelta(days=draw.whole(f"{id_}:books:days", 1, 4))
        slot = free_slot(enterprise.calendar, at).id
        yield _asked(enterprise, Ask.BOOK, id_, at, appointment=id_, slot=slot, by="enterprise")
    elif appointment.is_booked and appointment.slot:
        status = AppointmentStatus.HELD if draw.happens(f"{id_}:comes", 0.9) else AppointmentStatus.MISSED
        at = appointment.slot.starts_at + timedelta(hours=1)
        yield _asked(enterprise, Ask.OUTCOME, id_, at, appointment=id_, status=str(status), by=AGENT_NAME)


def _thirds(debt: Decimal, at: datetime) -> Iterator[Instalment]:
    """Three instalments a month apart, the first the largest: it covers the employee share."""
    part = (debt * 3 / 10).quantize(CENT)
    for number, amount in enumerate((debt - 2 * part, part, part)):
        yield Instalment(add_months(at.date() + timedelta(days=7), number), amount)


def _written(instalment: Instalment) -> dict[str, str]:
    return {"due_on": instalment.due_on.isoformat(), "amount": str(instalment.amount)}


def _follows_plan(enterprise: Enterprise, plan: Plan, now: datetime) -> Iterator[Input]:
    match plan.status:
        case PlanStatus.REQUESTED:
            yield _decides(enterprise, plan, now)
        case PlanStatus.COUNTERED:
            accepted = enterprise.draw.happens(f"{plan.period}:reply", 0.6)
            at = now + timedelta(days=enterprise.draw.whole(f"{plan.period}:reply:days", 1, 9))
            yield _asked(enterprise, Ask.REPLY_TO_PLAN, plan.id, at, plan=plan.id, accepted=accepted)
        case PlanStatus.RUNNING:
            yield from _keeps(enterprise, plan)
        case PlanStatus.REFUSED | PlanStatus.BROKEN if plan.withdrawn is None:
            if enterprise.draw.happens(f"{plan.period}:settles", enterprise.habits.pays_later):
                on = now.date() + timedelta(days=enterprise.draw.whole(f"{plan.period}:settles:days", 5, 30))
                yield enterprise.pays(plan.period, plan.debt, on, "after the plan")


def _decides(enterprise: Enterprise, plan: Plan, now: datetime) -> Input:
    habits, name = enterprise.habits, f"{plan.period}:decision"
    shares = {
        "accept": habits.accepted,
        "counter": habits.countered,
        "refuse": 1 - habits.accepted - habits.countered,
    }
    decision = enterprise.draw.pick(name, shares)
    at = now + timedelta(hours=enterprise.draw.whole(f"{name}:hours", *AGENTS_TAKE))
    drawn = [_written(it) for it in _thirds(plan.debt, at)] if decision == "counter" else []
    data = {"plan": plan.id, "decision": decision, "by": AGENT_NAME, "note": "simulation", "instalments": drawn}
    return _asked(enterprise, Ask.DECIDE_PLAN, plan.id, at, **data)


def _keeps(enterprise: Enterprise, plan: Plan) -> Iterator[Input]:
    """Instalments are paid on their dates until one is missed."""
    for number, instalment in enumerate(plan.instalments):
        if not enterprise.draw.happens(f"{plan.period}:kept:{number}", enterprise.habits.kept):
            return
        yield enterprise.pays(plan.period, instalment.amount, instalment.due_on, f"instalment:{number}")
