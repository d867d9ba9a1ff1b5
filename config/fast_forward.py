"""One journey's clock moved on, on a Temporal server that allows it: everything due meanwhile happens, in order."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from temporalio.client import Client
from temporalio.testing import TimeSkipper, TimeSkippingConfig

from activities.contract import workflow_id

STRIDE = timedelta(days=31)
# A server's default, 200 skips, ends a fast-forward half-way without an error.
MOST_SKIPS = 10_000


@dataclass(frozen=True)
class Stride:
    """Where a journey's clock came to, and whether its workflow goes on."""

    now: datetime
    going_on: bool


async def fast_forward(temporal: Client, siren: str, by: timedelta) -> AsyncIterator[Stride]:
    """Move the clock of a journey by strides of a month at most, until its workflow ends.

    Raises RPCError: ``NOT_FOUND`` without an open workflow, ``UNIMPLEMENTED`` when the server skips no time.
    """
    handle = temporal.get_workflow_handle(workflow_id(siren))
    skipper = TimeSkipper(temporal, config=TimeSkippingConfig(max_session_skip_count=MOST_SKIPS))
    while by > timedelta():
        going_on = await skipper.fast_forward(handle, min(STRIDE, by))
        yield Stride(await skipper.get_current_time(handle), going_on)
        by = by - STRIDE if going_on else timedelta()
