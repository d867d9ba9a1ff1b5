"""`parcours end-sessions`: people of the console signed out, at their next page."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from cli.process import prepared, run
from config.errors import OperatorError
from config.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

ROLE = "operator"


def end_sessions(
    person: Annotated[str | None, typer.Argument(help="Subject at the provider, or identifier of an agent.")] = None,
    organisation: Annotated[str | None, typer.Option(help="Only sessions of this organisation.")] = None,
    everybody: Annotated[bool, typer.Option("--all", help="Everybody's.")] = False,
) -> None:
    """End the sessions of a person, or everybody's: each has to sign in again. It stands in the access log."""
    if (person is None) != everybody:
        raise OperatorError("say whose: `parcours end-sessions PERSON`, or `--all`")
    settings = prepared()
    run(lambda: _end(settings, organisation, person))


async def _end(settings: Settings, organisation: str | None, person: str | None) -> None:
    from db.engine import make_engine

    engine = make_engine(settings.required_database_url, pool_size=1)
    try:
        typer.echo(f"{await end_and_note(engine, organisation, person)} sessions ended")
    finally:
        await engine.dispose()


async def end_and_note(engine: AsyncEngine, organisation: str | None, person: str | None) -> int:
    """How many ended; a line of audit for each person, in their organisation."""
    from db import accesses, sessions
    from db.accesses import Access

    async with engine.begin() as connection:
        ended = Counter(
            (row.organisation, row.subject) for row in await sessions.end_all(connection, organisation, person)
        )
        for theirs, subject in ended:
            await accesses.note(connection, Access(theirs, ROLE, ROLE, "sessions ended", subject=subject))
    return ended.total()
