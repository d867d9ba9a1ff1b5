"""`parcours wait`: until the system answers and, for one enterprise, until its events are applied."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from typing import Annotated

import requests
import typer
from sqlalchemy.ext.asyncio import AsyncEngine

from cli.process import run
from config.errors import OperatorError
from config.running import running, with_running_parts
from config.settings import Settings, load
from db import events, journeys
from db.engine import make_engine
from domain.identifiers import InvalidIdentifier, parse_siren

PAUSE = timedelta(milliseconds=300)
A_CALL = timedelta(seconds=5)


def wait(
    siren: Annotated[str | None, typer.Argument(help="SIREN of an enterprise whose events are waited for.")] = None,
    seconds: Annotated[int, typer.Option(min=1, max=3600, help="How long to wait at most.")] = 120,
) -> None:
    """Wait until Parcours answers, or has applied what was told about one enterprise; say where it answers."""
    try:
        number = parse_siren(siren) if siren else None
    except InvalidIdentifier as error:
        raise OperatorError(str(error)) from None
    run(lambda: _wait(load(alone=True), number, time.monotonic() + seconds))


async def _wait(settings: Settings, siren: str | None, until: float) -> None:
    while not await asyncio.to_thread(_is_ready, _address(settings)):
        await _pause(until, f"no answer at {_address(settings)}: start it with `make run` or `parcours up`")
    if siren is None:
        typer.echo(_address(settings))
        return
    engine = make_engine(with_running_parts(settings).required_database_url, pool_size=1)
    try:
        while not await _is_applied(engine, siren):
            await _pause(
                until, f"no journey of {siren} yet: was its account.opened accepted? See `parcours why {siren}`"
            )
    finally:
        await engine.dispose()


async def _pause(until: float, why: str) -> None:
    if time.monotonic() > until:
        raise OperatorError(why)
    await asyncio.sleep(PAUSE.total_seconds())


def _address(settings: Settings) -> str:
    here = running(settings.home)
    return here.api_url if here else settings.local_url


def _is_ready(address: str) -> bool:
    try:
        return requests.get(f"{address}/readyz", timeout=A_CALL.total_seconds()).ok
    except requests.RequestException:
        return False


async def _is_applied(engine: AsyncEngine, siren: str) -> bool:
    """Whether the enterprise is followed and nothing told about it is still to be applied."""
    async with engine.connect() as connection:
        return await journeys.read(connection, siren) is not None and not await events.pending(connection, siren)
