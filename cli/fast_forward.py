"""`parcours fast-forward`: one journey's clock moved on, on a server that allows it."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer
from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import TimeSkipper, TimeSkippingConfig

from cli.process import prepared, run
from config.errors import OperatorError
from config.settings import Settings
from config.temporal import connect_with
from domain.identifiers import parse_siren

STRIDE_DAYS = 31
PATIENCE = timedelta(seconds=10)
# A server's default, 200 skips, ends a fast-forward half-way without an error.
MOST_SKIPS = 10_000

REFUSALS = {
    RPCStatusCode.NOT_FOUND: "this enterprise has no open journey on this Temporal",
    RPCStatusCode.UNIMPLEMENTED: "this Temporal server cannot skip time: use the embedded one (`parcours up`), "
    "or a development server started with --dynamic-config-value frontend.WorkflowTimeSkippingEnabled=true",
}


def fast_forward(
    siren: Annotated[str, typer.Argument(help="SIREN of the enterprise, 9 digits.")],
    days: Annotated[int, typer.Option(min=1, max=2000, help="How many days to move its journey on.")],
) -> None:
    """Move one journey's clock on; everything due meanwhile happens, in order."""
    try:
        workflow_id = f"journey-{parse_siren(siren)}"
    except ValueError as error:
        raise OperatorError(str(error)) from None
    settings = prepared()
    run(lambda: _fast_forward(settings, workflow_id, days))


async def _fast_forward(settings: Settings, workflow_id: str, days: int) -> None:
    client = await connect_with(settings, patience=PATIENCE)
    try:
        await _stride(client, client.get_workflow_handle(workflow_id), days)
    except RPCError as error:
        raise OperatorError(REFUSALS.get(error.status, f"Temporal refused: {error.message}")) from None


async def _stride(client: Client, handle: WorkflowHandle[object, object], days: int) -> None:
    skipper = TimeSkipper(client, config=TimeSkippingConfig(max_session_skip_count=MOST_SKIPS))
    for gone in range(0, days, STRIDE_DAYS):
        going_on = await skipper.fast_forward(handle, timedelta(days=min(STRIDE_DAYS, days - gone)))
        typer.echo(f"{handle.id}: {await skipper.get_current_time(handle):%Y-%m-%d %H:%M} UTC")
        if not going_on:
            typer.echo("the journey's workflow has ended")
            return
