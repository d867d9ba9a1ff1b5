"""`parcours migrate`: the database brought to the version of this code."""

from __future__ import annotations

import typer

from cli.process import prepared, run


def migrate() -> None:
    """Apply the migrations that the database lacks."""
    url = prepared().required_database_url
    run(lambda: _migrate(url))


async def _migrate(url: str) -> None:
    from db.migrate import status, upgrade

    await upgrade(url)
    current, _ = await status(url)
    typer.echo(f"database at version {current}")
