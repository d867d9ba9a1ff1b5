"""`parcours restore-journeys`: the workflows that Temporal lacks, started again from the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from cli.process import prepared, run
from config.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

AT_ONCE = 1_000


def restore_journeys() -> None:
    """After a restored backup of the database or of Temporal: have every journey looked at, lost workflows started."""
    settings = prepared()
    run(lambda: _restore(settings))


async def _restore(settings: Settings) -> None:
    from db.engine import make_engine

    engine = make_engine(settings.required_database_url, pool_size=1)
    try:
        owed = await wake_all(engine)
    finally:
        await engine.dispose()
    typer.echo(f"{owed} journeys will be woken by the workers; parcours_wakeups_owed falls to 0 when all are")


async def wake_all(engine: AsyncEngine) -> int:
    """Owe a wake-up to each journey that owes anything; the relay gives it, starting the workflow where none runs.

    A workflow that runs takes one step more and finds nothing to do. May be stopped anywhere and begun again.
    """
    from db import journeys

    owed, last = 0, ""
    while True:
        async with engine.begin() as connection:
            sirens = await journeys.sirens_after(connection, last, AT_ONCE)
            if not sirens:
                return owed
            owed += await journeys.nudge_owing(connection, sirens[0], sirens[-1])
        last = sirens[-1]
