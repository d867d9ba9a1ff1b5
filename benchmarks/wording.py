"""What the words of a reminder cost: an SMS and a mail from their templates, with nothing read and nothing sent."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from time import process_time
from typing import Any

from notifications.rendering import render

TEMPLATE = "due_reminder"
MONDAY, SUNDAY = date(2026, 11, 16), date(2026, 11, 15)
LINK = "https://parcours.example/l/CQABp-JtGjNvYDhwrnIwzfPq7j8F"
URSSAF = {
    "name": "Urssaf Île-de-France",
    "address": "22 rue des Modèles, 75011 Paris",
    "phone": "01 99 00 12 12",
    "email": "jeunes-entreprises@urssaf-idf.example",
}
CONTEXT: dict[str, Any] = {
    "subject_kind": "both",
    "period_label": "octobre 2026",
    "due_on": MONDAY,
    "nominal_on": SUNDAY,
    "amount": Decimal("1240.50"),
    "days_left": 3,
    "enterprise": {"name": "Librairie du Canal", "siren": "732829320", "account": "117000000123456789"},
    "organisation": URSSAF,
    "referent": {"name": "Alice Martin", "phone": "01 99 00 12 01", "email": "alice.martin@example.org"},
    "links": dict.fromkeys(("plan", "agenda", "help", "preferences", "accountant"), LINK),
    "for_accountant": False,
    "copy_for_accountant": False,
}


def milliseconds_of_a_reminder(times: int = 200) -> float:
    """CPU milliseconds for the SMS and the mail of one reminder."""
    _write()
    began = process_time()
    for _ in range(times):
        _write()
    return (process_time() - began) / times * 1000


def _write() -> None:
    for channel in ("sms", "mail"):
        render(TEMPLATE, channel, CONTEXT)
