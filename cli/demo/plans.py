"""The payment plans that enterprises of the demonstration ask for, once their journeys run."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import requests

from cli.demo.events import CALENDAR, amount_of, payments
from cli.demo.portfolio import Firm

TIMEOUT = timedelta(seconds=30)
ASKERS = {"asks_for_time"}
REASON = "Un client important nous paie avec deux mois de retard ; la trésorerie revient en janvier."


def ask_for_plans(base_url: str, headers: dict[str, str], firms: list[Firm], today: date) -> Iterator[Firm]:
    """Ask for the plan of each enterprise that needs one; asking twice asks once."""
    for firm in firms:
        if firm.story in ASKERS and _has_an_incident(base_url, headers, firm):
            _ask(base_url, {**headers, "Idempotency-Key": f"demonstration-{firm.siren}"}, firm, today)
            yield firm


def _has_an_incident(base_url: str, headers: dict[str, str], firm: Firm) -> bool:
    """Wait for the journey to have taken its events in."""
    waited_until = time.monotonic() + TIMEOUT.total_seconds()
    while time.monotonic() < waited_until:
        answer = requests.get(f"{base_url}/v1/journeys/{firm.siren}", headers=headers, timeout=TIMEOUT.total_seconds())
        if answer.ok and answer.json()["open_incident"]:
            return True
        time.sleep(0.2)
    return False


def _ask(base_url: str, headers: dict[str, str], firm: Firm, today: date) -> None:
    late = [it for it in payments(firm, today) if it.due.due_on < today][-1]
    body = {"period": str(late.period), "instalments": _thirds(amount_of(firm, late), today), "reason": REASON}
    url = f"{base_url}/v1/journeys/{firm.siren}/plans"
    requests.post(url, json=body, headers=headers, timeout=TIMEOUT.total_seconds()).raise_for_status()


def _thirds(amount: Decimal, today: date) -> list[dict[str, Any]]:
    third = (amount / 3).quantize(Decimal("0.01"))
    amounts = (third, third, amount - 2 * third)
    days = (CALENDAR.working_day_on_or_after(today + timedelta(days=30 * rank)) for rank in (1, 2, 3))
    return [{"due_on": str(day), "amount": f"{part:.2f}"} for day, part in zip(days, amounts, strict=True)]
