"""Entry point of the `parcours` command."""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import Annotated

import typer
from sqlalchemy.exc import DatabaseError, DBAPIError

from cli import (
    api,
    doctor,
    end_sessions,
    erase,
    fast_forward,
    migrate,
    purge,
    restore_journeys,
    simulate,
    up,
    wait,
    why,
    worker,
)
from config.errors import OperatorError
from domain.policy import PolicyError

UNDEFINED = ("42P01", "42703", "3F000")
"""SQLSTATE of a table, a column or a schema that is not there (PostgreSQL, appendix A)."""

app = typer.Typer(
    help="The parcours attentionné: one durable journey for each young enterprise.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _say_version(asked: bool) -> None:
    if asked:
        from db.migrate import newest

        typer.echo(f"parcours {version('parcours')}, schema {newest()}")
        raise typer.Exit


@app.callback()
def parcours(
    _: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Say the version and its schema.")
    ] = False,
) -> None:
    """Each command says more with --help."""


app.command("up")(up.up)
app.command("api")(api.api)
app.command("worker")(worker.worker)
app.command("migrate")(migrate.migrate)
app.command("purge")(purge.purge)
app.command("end-sessions")(end_sessions.end_sessions)
app.command("erase")(erase.erase)
app.command("restore-journeys")(restore_journeys.restore_journeys)
app.command("doctor")(doctor.doctor)
app.command("simulate")(simulate.simulate)
app.command("why")(why.why)
app.command("wait")(wait.wait)
app.command("fast-forward")(fast_forward.fast_forward)


def main() -> None:
    """Run the command; an error the operator can put right is a message and an exit code, never a traceback."""
    try:
        app()
    except OperatorError as error:
        typer.echo(f"parcours: {error}", err=True)
        sys.exit(error.exit_code)
    except PolicyError as error:
        typer.echo(f"parcours: {error}", err=True)
        sys.exit(2)
    except DatabaseError as error:
        # What else PostgreSQL refuses once it is reached is a defect: its traceback is for the developers.
        if getattr(error.orig, "sqlstate", None) not in UNDEFINED:
            raise
        typer.echo("parcours: the database is not at the version of this code: run `parcours migrate`", err=True)
        sys.exit(1)
    except (OSError, DBAPIError) as error:
        typer.echo(f"parcours: {_remedy(error)}", err=True)
        sys.exit(1)


def _remedy(error: OSError | DBAPIError) -> str:
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}: let this user write there, or set PARCOURS_HOME elsewhere"
    cause = str(error.orig if isinstance(error, DBAPIError) else error).partition("\n")[0]
    return f"no answer from PostgreSQL ({cause}): start it, or correct PARCOURS_DATABASE_URL"
