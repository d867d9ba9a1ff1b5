"""The enterprise of the desk, and what is said of it."""

from __future__ import annotations

from datetime import datetime

from domain.requests import Ask, Request
from tests.journeys.town import PARIS

REMINDED = "due_reminder"
OPENED = datetime(2040, 3, 1, 9, tzinfo=PARIS)
ACCOUNTANT = {"name": "Cabinet Ledoux", "email": "ledoux@example.org", "phone": None}
CONTACT = {"name": "Zoé Lefèvre", "email": "zoe@example.org", "phone": "+33639980001"}


def subject_of(template: str) -> str:
    """What tells the reminder of May from those before and after."""
    return "2040-05-15" if template == REMINDED else ""


def extension(request_id: str = "extend") -> Request:
    return Request(request_id, Ask.EXTEND)
