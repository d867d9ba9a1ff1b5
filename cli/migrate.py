"""`parcours migrate`: the database brought to the version of this code."""

from __future__ import annotations

import typer

from cli.process import prepared, run


def migrate() -> None:
    """Apply the migrations that the database lacks."""
    url = prepared().required_database_url
    run(lambda: _migrate(url))


async def _migrate(url: str) -> None:
    from db.migrate import upgrade

    schema = await upgrade(url)
    beyond = f", newer than this code ({schema.newest}), which works on it: nothing to do" if schema.is_newer else ""
    typer.echo(f"database at version {schema.revision}{beyond}")
