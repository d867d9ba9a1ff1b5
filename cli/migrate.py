"""`parcours migrate`: the database brought to the version of this code."""

from __future__ import annotations

import typer

from cli.process import prepared, run
from config.errors import OperatorError


def migrate() -> None:
    """Apply the migrations that the database lacks, as its owner; open the tables to the role Parcours works by."""
    settings = prepared()
    run(lambda: _migrate(settings.required_migration_url, settings.required_database_url))


async def _migrate(url: str, application_url: str) -> None:
    from db.migrate import upgrade
    from db.roles import NotOpened, open_to_application

    schema = await upgrade(url)
    try:
        await open_to_application(url, application_url)
    except NotOpened as error:
        raise OperatorError(str(error)) from None
    beyond = f", newer than this code ({schema.newest}), which works on it: nothing to do" if schema.is_newer else ""
    typer.echo(f"database at version {schema.revision}{beyond}")
