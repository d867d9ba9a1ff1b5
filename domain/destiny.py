"""What befalls an invented enterprise whatever is done for it: due dates, payments, incidents, hires, the end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from domain.calendar import add_months
from domain.facts import AccountEnded, ContactConfirmed, ContributionDue, HeadcountChanged, IncidentDetected
from domain.obligations import Obligation, expected_obligations
from domain.population import Enterprise, Input, told
from domain.state import CloseReason

STATED_BEFORE = timedelta(days=10)
"""Urssaf's systems state a contribution that long before it is due."""

LIVED_MONTHS = 37
"""A little more than the longest journey."""

NEVER = datetime.max

KINDS = {"unpaid": 0.4, "debit_rejected": 0.3, "partial_payment": 0.15, "undeclared": 0.1, "dsn_technical": 0.05}

EMPLOYEE_SHARE = Decimal("0.3")


def destiny(enterprise: Enterprise, end: datetime = NEVER) -> list[Input]:
    """Its facts, in order; those of periods of which nothing is known before ``end`` are not invented."""
    opening = enterprise.opening
    last = add_months(opening.opened_on, LIVED_MONTHS)
    periods = expected_obligations(
        opening.opened_on, opening.headcount, opening.quarterly, opening.opened_on, last, enterprise.calendar
    )
    stated = (it for it in periods if it.due.due_on - STATED_BEFORE <= end.date())
    found = [it for owed in stated if owed.kind != "declaration" for it in _period(enterprise, owed)]
    return sorted([*found, *_confirmation(enterprise), *_growth(enterprise), *_closing(enterprise)])


def _period(enterprise: Enterprise, owed: Obligation) -> Iterator[Input]:
    amount, due_on = enterprise.monthly * owed.period.months, owed.due.due_on
    draw, habits, account = enterprise.draw, enterprise.habits, enterprise.opening.account
    stated = enterprise.at(max(due_on - STATED_BEFORE, enterprise.opening.opened_on), f"{owed.name}:due")
    id_, at, received_at = enterprise.stamp(f"{owed.name}:due", max(stated, enterprise.opening.at))
    yield told(
        ContributionDue(
            id=id_,
            at=at,
            received_at=received_at,
            account=account,
            period=owed.name,
            due_on=due_on,
            amount=amount,
            employee_share=amount * EMPLOYEE_SHARE,
        )
    )
    if draw.happens(f"{owed.name}:incident", habits.incident):
        yield from _incident(enterprise, owed, amount)
        return
    shares = {"early": habits.early, "late": habits.late, "on time": 1 - habits.early - habits.late}
    days = {"early": -6, "late": draw.whole(f"{owed.name}:late", 1, 12), "on time": 0}
    when = draw.pick(f"{owed.name}:pays", shares)
    yield enterprise.pays(owed.name, amount, due_on + timedelta(days=days[when]), "whole")


def _incident(enterprise: Enterprise, owed: Obligation, amount: Decimal) -> Iterator[Input]:
    kind, due_on = enterprise.draw.pick(f"{owed.name}:kind", KINDS), owed.due.due_on
    missing = amount / 2 if kind == "partial_payment" else amount
    if missing < amount:
        yield enterprise.pays(owed.name, amount - missing, due_on, "part")
    seen = enterprise.at(due_on + timedelta(days=2), f"{owed.name}:incident")
    id_, at, received_at = enterprise.stamp(f"{owed.name}:incident", seen)
    yield told(
        IncidentDetected(
            id=id_,
            at=at,
            received_at=received_at,
            account=enterprise.opening.account,
            period=owed.name,
            kind=kind,
            amount=missing,
            employee_share=missing * EMPLOYEE_SHARE,
            due_on=due_on,
        )
    )


def _confirmation(enterprise: Enterprise) -> Iterator[Input]:
    if enterprise.draw.happens("confirms", enterprise.habits.confirms):
        day = enterprise.opening.opened_on + timedelta(days=enterprise.draw.whole("confirmed", 1, 12))
        id_, at, received_at = enterprise.stamp("confirmed", enterprise.at(day, "confirmed"))
        yield told(ContactConfirmed(id=id_, at=at, received_at=received_at))


def _growth(enterprise: Enterprise) -> Iterator[Input]:
    if not enterprise.draw.happens("grows", enterprise.habits.grows):
        return
    pace = enterprise.draw.whole("pace", 2, 6)
    for hires, month in enumerate(range(pace, LIVED_MONTHS, pace), start=1):
        day = add_months(enterprise.opening.opened_on, month)
        id_, at, received_at = enterprise.stamp(f"hire:{hires}", enterprise.at(day, f"hire:{hires}"))
        headcount = enterprise.opening.headcount + hires
        yield told(HeadcountChanged(id=id_, at=at, received_at=received_at, headcount=headcount, on=day))


def _closing(enterprise: Enterprise) -> Iterator[Input]:
    if not enterprise.draw.happens("closes", enterprise.habits.closes):
        return
    day = add_months(enterprise.opening.opened_on, enterprise.draw.whole("closed", 3, 30))
    id_, at, received_at = enterprise.stamp("closed", enterprise.at(day, "closed"))
    yield told(AccountEnded(id=id_, at=at, received_at=received_at, reason=CloseReason.ACCOUNT_CLOSED, on=day))
