"""`parcours migrate`: the database brought to the version of this code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from cli.process import prepared_as_owner, run
from config.errors import OperatorError
from config.settings import Settings

if TYPE_CHECKING:
    from db.migrate import Schema


def migrate() -> None:
    """Apply the migrations that the database lacks, as its owner; open the tables to the role Parcours works by."""
    settings = prepared_as_owner()
    run(lambda: _migrate(settings))


async def _migrate(settings: Settings) -> None:
    schema = await bring_up_to_date(settings)
    beyond = f", newer than this code ({schema.newest}), which works on it: nothing to do" if schema.is_newer else ""
    typer.echo(f"database at version {schema.revision}{beyond}")


async def bring_up_to_date(settings: Settings) -> Schema:
    """Migrate as the owner, then open the tables to the login of Parcours; raise OperatorError where that cannot be."""
    from db.migrate import upgrade
    from db.roles import NotOpened, open_to_application

    schema = await upgrade(settings.required_migration_url)
    try:
        await open_to_application(settings.required_migration_url, settings.required_database_url)
    except NotOpened as error:
        raise OperatorError(str(error)) from None
    return schema
