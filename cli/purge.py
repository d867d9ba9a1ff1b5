"""`parcours purge`: what is not kept for ever, erased; for a nightly job."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import typer

from cli.process import prepared, run
from config.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

# Message texts one year (docs/operations.md says why); subscribers may replay an event for 90 days.
KEPT = {
    "texts of messages": timedelta(days=365),
    "data of events": timedelta(days=180),
    "events out": timedelta(days=90),
    "accesses to files": timedelta(days=365),
}


def purge() -> None:
    """Erase texts of messages and the access log after a year, data of events after 180 days, events out after 90."""
    settings = prepared()
    run(lambda: _purge(settings))


async def _purge(settings: Settings) -> None:
    from db.engine import make_engine

    engine = make_engine(settings.required_database_url, pool_size=1)
    try:
        for subject, erased in (await erase_all(engine, datetime.now(UTC))).items():
            typer.echo(f"{erased:>9} {subject} older than {KEPT[subject].days} days")
    finally:
        await engine.dispose()


async def erase_all(engine: AsyncEngine, now: datetime) -> dict[str, int]:
    """How many rows were erased, by subject; may be stopped anywhere and begun again."""
    from db import retention
    from db.tables import accesses, events, messages, outgoing

    erasers = {
        "texts of messages": (messages, retention.message_texts),
        "data of events": (events, retention.event_data),
        "events out": (outgoing, retention.events_out),
        "accesses to files": (accesses, retention.access_log),
    }
    return {
        subject: await retention.erase(engine, table, eraser, now - KEPT[subject])
        for subject, (table, eraser) in erasers.items()
    }
