"""The enterprises of the storm and what Urssaf's systems say of them, each event under an id that never changes."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

from stdnum import luhn

ORGANISATION = "urssaf-idf"
MONDAY = datetime(2031, 1, 6, 8, tzinfo=UTC)
"""The journeys live from this morning on, whatever the hour of the machine: the sending window is open."""

OPENED_ON, MISSED_ON, DUE_ON = date(2030, 11, 20), date(2030, 12, 16), date(2031, 1, 10)
IN_TROUBLE_AT_FIRST, IN_TROUBLE_LATER = 0.3, 0.1

Event = dict[str, Any]


def siren_of(rank: int) -> str:
    base = f"{rank + 20_000_000:08}"
    return base + str(luhn.calc_check_digit(base))


def first_facts(siren: str, chance: random.Random) -> list[Event]:
    """It opens, owes, and may have missed a payment already."""
    due = _event(siren, "contribution.due", "2030-12", due_on=str(DUE_ON), amount="620.00")
    facts = [_opening(siren), due]
    return facts + ([_missed(siren, "2030-11", MISSED_ON)] if chance.random() < IN_TROUBLE_AT_FIRST else [])


def facts_of(siren: str, day: date, chance: random.Random) -> list[Event]:
    """What is known by that day: the amount of the month's contributions, and now and then a rejected debit."""
    last = day.replace(day=1) - timedelta(days=1)
    due_on = day.replace(day=15)
    facts = [_event(siren, "contribution.due", f"{last:%Y-%m}", due_on=str(due_on), amount="640.00")]
    missed = day.day > 15 and chance.random() < IN_TROUBLE_LATER
    return facts + ([_missed(siren, f"{last:%Y-%m}", due_on)] if missed else [])


def _missed(siren: str, period: str, due_on: date) -> Event:
    debit = {"kind": "debit_rejected", "amount": "310.00", "due_on": str(due_on)}
    return _event(siren, "incident.detected", period, **debit)


def _event(siren: str, type_: str, period: str, **data: Any) -> Event:
    return _envelope(siren, type_, f"{siren}-{type_}-{period}", {"account": f"117{siren}", "period": period, **data})


def _opening(siren: str) -> Event:
    about = {
        "account": f"117{siren}",
        "organisation": ORGANISATION,
        "opened_on": str(OPENED_ON),
        "name": f"Entreprise {siren}",
        "headcount": 1,
        "naf": "10.71C",
        "periodicity": "monthly",
        "contact": {"name": "Camille Exemple", "email": f"{siren}@example.org", "phone": f"+336{siren[:8]}"},
        "accountant": None,
        "first_hire_on": str(OPENED_ON),
    }
    return _envelope(siren, "account.opened", f"{siren}-account.opened", about)


def _envelope(siren: str, type_: str, id_: str, data: dict[str, Any]) -> Event:
    return {
        "specversion": "1.0",
        "id": id_,
        "source": "/chaos",
        "type": f"fr.urssaf.{type_}",
        "subject": siren,
        "time": datetime.now(UTC).isoformat(),
        "data": data,
    }
