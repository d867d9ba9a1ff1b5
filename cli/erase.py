"""`parcours erase`: an enterprise, or one person, erased at once when it is asked for (GDPR 17)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated

import typer

from cli.process import prepared, run
from config.errors import OperatorError
from config.settings import Settings
from domain.identifiers import parse_siren

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from db.retention.erasing import Report
    from domain.rulebook import Rulebook

    Erase = Callable[[AsyncConnection, Rulebook], Awaitable[Report]]

CERTAIN = "Erase this for ever?"


def erase(
    siren: Annotated[str | None, typer.Option(help="An enterprise: all its people, and its journey ends.")] = None,
    person: Annotated[
        str | None, typer.Option(help="A mail address or a telephone number, wherever it stands.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be erased, and erase nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether you are sure.")] = False,
) -> None:
    """Erase an enterprise or a person at once; say table by table what goes, what the law keeps and until when."""
    settings, wanted = prepared(), _wanted(siren, person)
    if dry_run or not yes:
        run(lambda: _erase(settings, wanted, kept=False))
        typer.echo("nothing is erased yet")
    if dry_run:
        return
    if not (yes or typer.confirm(CERTAIN)):
        raise OperatorError("nothing was erased")
    run(lambda: _erase(settings, wanted, kept=True))
    typer.echo("erased")


def _wanted(siren: str | None, person: str | None) -> Erase:
    from activities.erasing import erase_enterprise, erase_person
    from db.retention.people import NoAddress, Person

    if (siren is None) == (person is None):
        raise OperatorError("say whom: --siren with nine digits, or --person with a mail address or a number")
    try:
        number = parse_siren(siren) if siren is not None else ""
        known = Person.known_by(person) if person is not None else None
    except NoAddress:
        raise OperatorError("--person: write a mail address or a telephone number") from None
    except ValueError as error:
        raise OperatorError(f"--siren: {error}") from None
    if known:
        return lambda connection, rulebook: erase_person(connection, rulebook, known)
    return lambda connection, rulebook: erase_enterprise(connection, rulebook, number)


async def _erase(settings: Settings, wanted: Erase, *, kept: bool) -> None:
    """Erase, or take it back once it is said what would have gone."""
    report = await _done(settings, wanted, kept=kept)
    for (table, subject), rows in sorted(report.erased.items()):
        if rows:
            typer.echo(f"{rows:>9} {table}: {subject}")
    typer.echo("kept by law:" if report.kept else "the law keeps nothing of it")
    for line in report.kept:
        typer.echo(f"          {line}")


async def _done(settings: Settings, wanted: Erase, *, kept: bool) -> Report:
    from db.audit import rulebook
    from db.engine import make_engine

    engine = make_engine(settings.required_database_url, pool_size=1)
    try:
        async with engine.connect() as connection:
            report = await wanted(connection, await rulebook(connection))
            await (connection.commit() if kept else connection.rollback())
            return report
    finally:
        await engine.dispose()
