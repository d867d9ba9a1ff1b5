"""`parcours purge`: what is kept no longer, erased; for a nightly job."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import typer

from cli.process import prepared, run
from config.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine


def purge() -> None:
    """Erase what is stored about people once its period is over (docs/operations.md, « What is kept how long »)."""
    settings = prepared()
    run(lambda: _purge(settings))


async def _purge(settings: Settings) -> None:
    from db.engine import make_engine
    from db.retention.periods import RULES, STATE

    engine = make_engine(settings.required_database_url, pool_size=1)
    try:
        erased = await erase_all(engine, datetime.now(UTC))
    finally:
        await engine.dispose()
    for rule in RULES:
        typer.echo(f"{erased[rule.subject]:>9} {rule.subject} (kept: {rule.period.kept})")
    typer.echo(f"{erased[STATE]:>9} {STATE}")


async def erase_all(engine: AsyncEngine, now: datetime) -> dict[str, int]:
    """How many rows were erased, by subject; may be stopped anywhere and begun again."""
    from db.retention.purging import purge as purge_rows

    return await purge_rows(engine, now)
