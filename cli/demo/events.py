"""The events of the demonstration, as Urssaf's systems would send them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from cli.demo.portfolio import Firm, Person
from domain.calendar import Calendar
from domain.obligations import Obligation, Period, expected_obligations

CALENDAR = Calendar("Europe/Paris", "metropole", time(8, 30), time(18, 30))
MORNING = time(9)
PAST, AHEAD = timedelta(days=100), timedelta(days=45)


@dataclass(frozen=True)
class Happening:
    """Something that happened on a day."""

    type: str
    on: date
    data: dict[str, Any] = field(repr=False)


def cloud_event(firm: Firm, rank: int, happening: Happening) -> dict[str, Any]:
    """One CloudEvent; its id is its ``rank`` in the enterprise's history."""
    return {
        "specversion": "1.0",
        "id": f"{firm.siren}-{rank}",
        "source": "/demonstration",
        "type": f"fr.urssaf.{happening.type}",
        "subject": firm.siren,
        "time": datetime.combine(happening.on, MORNING, CALENDAR.zoneinfo).isoformat(),
        "datacontenttype": "application/json",
        "data": happening.data,
    }


def opening(firm: Firm) -> Happening:
    """The account opens."""
    data = {
        "organisation": firm.organisation,
        "account": firm.account,
        "opened_on": str(firm.opened_on),
        "name": firm.name,
        "headcount": firm.headcount,
        "naf": firm.naf,
        "periodicity": "quarterly" if firm.quarterly else "monthly",
        "contact": described(firm.contact),
        "accountant": described(firm.accountant) if firm.accountant else None,
        "first_hire_on": str(firm.opened_on) if firm.headcount else None,
    }
    return Happening("account.opened", firm.opened_on - timedelta(days=1), data)


def described(person: Person) -> dict[str, Any]:
    """A contact as events write it."""
    return {name: value for name, value in asdict(person).items() if name != "id"}


def amount_of(firm: Firm, obligation: Obligation) -> Decimal:
    """Contributions of a period in euros, by headcount."""
    months = obligation.period.months * max(firm.headcount, 1)
    return Decimal(months) * Decimal("612.40") + Decimal(firm.rank * 37 % 100) / 100


def payments(firm: Firm, today: date) -> list[Obligation]:
    """What is to be paid, from a hundred days ago to six weeks ahead."""
    known = expected_obligations(firm.opened_on, firm.headcount, firm.quarterly, today - PAST, today + AHEAD, CALENDAR)
    return [obligation for obligation in known if obligation.kind != "declaration"]


def ahead(firm: Firm, today: date) -> list[Obligation]:
    """What is still to be paid."""
    return [obligation for obligation in payments(firm, today) if obligation.due.due_on > today]


def due(firm: Firm, period: Period, due_on: date, amount: Decimal | None, on: date) -> Happening:
    """A due date stated ``on`` a day, its amount in euros."""
    data = {"account": firm.account, "period": str(period), "due_on": str(due_on)}
    return Happening("contribution.due", on, {**data, "amount": None if amount is None else f"{amount:.2f}"})


def stated(firm: Firm, obligation: Obligation, amount: Decimal | None, today: date) -> Happening:
    """The legal due date stated ten days before it."""
    on = min(obligation.due.due_on - timedelta(days=10), today - timedelta(days=2))
    return due(firm, obligation.period, obligation.due.due_on, amount, on)


def paid(firm: Firm, period: Period, amount: Decimal, on: date) -> Happening:
    """A payment in euros."""
    data = {"account": firm.account, "period": str(period), "amount": f"{amount:.2f}", "received_on": str(on)}
    return Happening("payment.received", on, data)
