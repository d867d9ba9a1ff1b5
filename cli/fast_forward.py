"""`parcours fast-forward`: one journey's clock moved on, on a server that allows it."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer
from temporalio.service import RPCError, RPCStatusCode

from activities.contract import workflow_id
from cli.forwarded import happened
from cli.process import prepared, run
from cli.why import dossier_of
from config.errors import OperatorError
from config.fast_forward import fast_forward as moved
from config.settings import Settings
from config.temporal import connect_with
from db import journeys
from db.engine import make_engine
from db.forwarded import standing
from domain.identifiers import parse_siren
from notifications.links import masked

PATIENCE = timedelta(seconds=10)

REFUSALS = {
    RPCStatusCode.NOT_FOUND: "this enterprise has no open journey on this Temporal",
    RPCStatusCode.UNIMPLEMENTED: "this Temporal server cannot skip time: use the embedded one (`parcours up`), "
    "or a development server started with --dynamic-config-value frontend.WorkflowTimeSkippingEnabled=true",
}


def fast_forward(
    siren: Annotated[str, typer.Argument(help="SIREN of the enterprise, 9 digits.")],
    days: Annotated[int, typer.Option(min=1, max=2000, help="How many days to move its journey on.")],
) -> None:
    """Move one journey's clock on; everything due meanwhile happens, in order, and is told."""
    try:
        number = parse_siren(siren)
    except ValueError as error:
        raise OperatorError(str(error)) from None
    settings = prepared()
    run(lambda: _fast_forward(settings, number, days))


async def _fast_forward(settings: Settings, siren: str, days: int) -> None:
    if settings.database_url is None:
        await _move(settings, siren, days)
        return
    engine = make_engine(settings.required_database_url, pool_size=1)
    try:
        async with engine.connect() as connection:
            before = await standing(connection, siren)
        await _move(settings, siren, days)
        async with engine.connect() as connection:
            after, stored = await standing(connection, siren), await journeys.read(connection, siren)
            if stored:
                typer.echo(masked("\n".join(happened(before, after, await dossier_of(connection, stored)))))
    finally:
        await engine.dispose()


async def _move(settings: Settings, siren: str, days: int) -> None:
    client = await connect_with(settings, patience=PATIENCE)
    try:
        async for stride in moved(client, siren, timedelta(days=days)):
            typer.echo(f"{workflow_id(siren)}: {stride.now:%Y-%m-%d %H:%M} UTC")
            if not stride.going_on:
                typer.echo("the journey's workflow has ended")
    except RPCError as error:
        raise OperatorError(REFUSALS.get(error.status, f"Temporal refused: {error.message}")) from None
