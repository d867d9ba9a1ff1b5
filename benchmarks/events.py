"""CloudEvents of invented enterprises, as Urssaf's systems would send them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from stdnum import luhn

from benchmarks.site import ORGANISATION


def siren_of(rank: int) -> str:
    """A valid SIREN for a rank from 0 on."""
    base = f"{rank + 10_000_000:08}"
    return base + str(luhn.calc_check_digit(base))


def account_of(siren: str) -> str:
    """The account of an invented enterprise."""
    return f"117{siren}"


def cloud_event(id_: str, type_: str, siren: str, /, **data: Any) -> dict[str, Any]:
    """One event; the same ``id_`` twice is the same event."""
    return {
        "specversion": "1.0",
        "id": id_,
        "source": "/benchmark",
        "type": f"fr.urssaf.{type_}",
        "subject": siren,
        "time": datetime.now(UTC).isoformat(),
        "data": data,
    }


def opening(siren: str, opened_on: date, organisation: str = ORGANISATION) -> dict[str, Any]:
    """An account with one employee, no accountant, both ways to reach the enterprise."""
    return cloud_event(
        f"{siren}-opened",
        "account.opened",
        siren,
        organisation=organisation,
        account=account_of(siren),
        opened_on=opened_on.isoformat(),
        name=f"Entreprise {siren}",
        headcount=1,
        naf="10.71C",
        periodicity="monthly",
        contact={"name": "Camille Exemple", "email": f"{siren}@example.org", "phone": f"+336{siren[:8]}"},
        accountant=None,
        first_hire_on=opened_on.isoformat(),
    )


def due(siren: str, period: str, due_on: date) -> dict[str, Any]:
    """A due date with its amount."""
    return cloud_event(
        f"{siren}-{period}-due",
        "contribution.due",
        siren,
        account=account_of(siren),
        period=period,
        due_on=due_on.isoformat(),
        amount="620.00",
    )


def incident(siren: str, period: str, due_on: date) -> dict[str, Any]:
    """A direct debit sent back by the bank."""
    return cloud_event(
        f"{siren}-{period}-incident",
        "incident.detected",
        siren,
        account=account_of(siren),
        period=period,
        kind="debit_rejected",
        amount="620.00",
        due_on=due_on.isoformat(),
    )


def payment(siren: str, period: str, amount: str, on: date) -> dict[str, Any]:
    """Money received."""
    return cloud_event(
        f"{siren}-{period}-{on}-paid",
        "payment.received",
        siren,
        account=account_of(siren),
        period=period,
        amount=amount,
        received_on=on.isoformat(),
    )
