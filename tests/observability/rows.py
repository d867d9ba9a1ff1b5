"""Rows as steps, deliveries and the door write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

SIREN = "732829320"
NOW = datetime.now(UTC)
HERE = {"siren": SIREN, "organisation": "urssaf-idf"}


def ago(**how_long: float) -> datetime:
    return NOW - timedelta(**how_long)


def event(status: str, received_at: datetime) -> dict[str, Any]:
    return HERE | {
        "source": "test",
        "id": str(uuid4()),
        "type": "payment.received",
        "time": received_at,
        "received_at": received_at,
        "data": {},
        "status": status,
    }


def message(status: str, **values: Any) -> dict[str, Any]:
    return HERE | {
        "id": uuid4(),
        "rule": "REM-2",
        "subject": str(uuid4()),
        "channel": "sms",
        "recipient": "enterprise",
        "template": "due_reminder",
        "purpose": "reminder",
        "critical": False,
        "immediate": False,
        "facts": {},
        "status": status,
        "provider": "twilio",
        "queued_at": NOW,
        "due_at": NOW,
        "sent_at": None,
        **values,
    }


def commitment(number: int, **values: Any) -> dict[str, Any]:
    blank = {"paused_at": None, "met_at": None, "breached_at": None}
    named = {"id": f"c{number}", "kind": "plan_answer", "rule": "SVC-1", "subject": "plan"}
    return HERE | named | {"started_at": ago(days=3), "due_at": NOW + timedelta(days=3)} | blank | values


async def add(engine: AsyncEngine, table: Any, *rows: dict[str, Any]) -> None:
    async with engine.begin() as connection:
        await connection.execute(insert(table), list(rows))
