"""Facts of a small firm's life, each happening and received at an instant of Paris."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from domain.facts import (
    AccountEnded,
    AccountOpened,
    AccountTransferred,
    ContactConfirmed,
    ContributionDue,
    HeadcountChanged,
    PaymentReceived,
)
from domain.state import CloseReason

PARIS = ZoneInfo("Europe/Paris")
IDF, RHONE = "urssaf-idf", "urssaf-rhone-alpes"
ACCOUNT = "117000000123456789"
_numbers = count(1)


def instant(text: str) -> datetime:
    """``2026-11-02`` at ten in Paris, or ``2026-11-02 14:30``."""
    return datetime.fromisoformat(text if " " in text else f"{text} 10:00").replace(tzinfo=PARIS)


def stamp(at: str, received: str | None = None) -> dict[str, Any]:
    return {"id": f"event-{next(_numbers)}", "at": instant(at), "received_at": instant(received or at)}


def opened(on: str, at: str | None = None, **changed: Any) -> AccountOpened:
    """An account opened ``on`` a day, announced the same day: one employee, both addresses, no accountant."""
    usual: dict[str, Any] = {
        "siren": "552100554",
        "organisation": IDF,
        "account": ACCOUNT,
        "opened_on": date.fromisoformat(on),
        "headcount": 1,
        "naf": "5610A",
        "quarterly": False,
        "first_hire_on": None,
        "accountant": False,
        "has_mail": True,
        "has_phone": True,
    }
    return AccountOpened(**stamp(at or on), **(usual | changed))


def due(at: str, period: str, on: str, amount: str | None, account: str = ACCOUNT) -> ContributionDue:
    euros = None if amount is None else Decimal(amount)
    return ContributionDue(**stamp(at), account=account, period=period, due_on=date.fromisoformat(on), amount=euros)


def paid(at: str, period: str, amount: str, on: str | None = None) -> PaymentReceived:
    """A payment told ``at`` an instant, received the same day or ``on`` another."""
    moment = stamp(at)
    day = date.fromisoformat(on) if on else moment["at"].date()
    return PaymentReceived(**moment, account=ACCOUNT, period=period, amount=Decimal(amount), received_on=day)


def headcount(at: str, number: int) -> HeadcountChanged:
    return HeadcountChanged(**stamp(at), headcount=number, on=instant(at).date())


def ended(at: str, reason: CloseReason, on: str | None = None) -> AccountEnded:
    return AccountEnded(**stamp(at), reason=reason, on=date.fromisoformat(on or at[:10]))


def transferred(at: str, to: str, on: str, account: str = ACCOUNT) -> AccountTransferred:
    return AccountTransferred(**stamp(at), account=account, to_organisation=to, on=date.fromisoformat(on))


def confirmed(at: str) -> ContactConfirmed:
    return ContactConfirmed(**stamp(at))
