"""`parcours up`: everything on one machine."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Annotated

import requests
import structlog
import typer
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from cli.demo import seed
from cli.migrate import bring_up_to_date
from cli.process import run, served
from cli.serving import Part, api_part, first, serve, worker_part
from cli.welcome import welcome
from config.addresses import host_of, is_loopback
from config.embedded.children import EmbeddedError
from config.embedded.postgres import EmbeddedPostgres
from config.embedded.temporal import EmbeddedTemporal
from config.running import Running, alone, announce_owner
from config.settings import Settings, load
from config.tokens import Token

TIMEOUT = timedelta(seconds=30)
NOTICE = timedelta(milliseconds=300)

log = structlog.stdlib.get_logger("parcours.up")


def up(
    demo: Annotated[bool, typer.Option(help="Fill an empty Parcours with the demonstration portfolio.")] = False,
) -> None:
    """Start everything: API, worker, and a PostgreSQL and a Temporal of our own where none is configured."""
    settings = served(_with_a_way_in(load(to_serve=True)))
    run(lambda: _up(settings, demo=demo))


def _with_a_way_in(settings: Settings) -> Settings:
    """On a machine that only serves itself, people of the console may do without a provider of identities."""
    served_here = is_loopback(settings.http_host) and is_loopback(host_of(settings.public_url))
    if served_here and not settings.closed and not settings.oidc_issuer:
        return settings.model_copy(update={"console_login": "development"})
    return settings


async def _up(settings: Settings, *, demo: bool) -> None:
    async with AsyncExitStack() as stack:
        stack.enter_context(alone(settings.home))
        settings, here, watches = await _embedded(settings, stack)
        schema = await bring_up_to_date(settings)
        if schema.is_newer:
            log.warning("the database is newer than this code", database=schema.revision, code=schema.newest)
        here.announce(settings.home)
        announce_owner(settings.home, SecretStr(settings.required_migration_url))
        started = asyncio.Event()
        # Watches first: the loss of a server explains the failures it causes in the other parts.
        await serve(settings, [*watches, api_part(started), worker_part, _greeting(started, here, demo=demo)])


async def _embedded(settings: Settings, stack: AsyncExitStack) -> tuple[Settings, Running, list[Part]]:
    ui_url, watches = None, []
    if settings.database_url is None:
        postgres = await stack.enter_async_context(EmbeddedPostgres(settings.home))
        logins = {"database_url": postgres.application_url, "migration_database_url": postgres.url}
        settings = settings.model_copy(update={name: SecretStr(url) for name, url in logins.items()})
        watches.append(_watch(postgres))
    if settings.temporal_address is None:
        temporal = EmbeddedTemporal(settings.home, namespace=settings.temporal_namespace)
        await stack.enter_async_context(temporal)
        settings, ui_url = settings.model_copy(update={"temporal_address": temporal.address}), temporal.ui_url
        watches.append(_watch(temporal))
    return settings, _addresses(settings, ui_url), watches


def _watch(embedded: EmbeddedPostgres | EmbeddedTemporal) -> Part:
    """Nothing works without it: its end is the end of everything."""

    async def watch(_: Settings, __: AsyncEngine, ___: Client, stop: asyncio.Event) -> None:
        ended = asyncio.ensure_future(embedded.ended())
        await first(ended, stop.wait())
        # A part may notice the loss before the system reports the death.
        await asyncio.wait({ended}, timeout=NOTICE.total_seconds())
        if ended.done():
            raise EmbeddedError(await ended)
        ended.cancel()

    return watch


def _addresses(settings: Settings, ui_url: str | None) -> Running:
    return Running(
        pid=os.getpid(),
        api_url=settings.local_url,
        database_url=settings.required_database_url,
        temporal_address=settings.temporal_address or "",
        temporal_namespace=settings.temporal_namespace,
        temporal_ui_url=ui_url,
        public_url=settings.public_url,
    )


def _greeting(started: asyncio.Event, here: Running, *, demo: bool) -> Part:
    async def greet(settings: Settings, _: AsyncEngine, __: Client, stop: asyncio.Event) -> None:
        await first(started.wait(), stop.wait())
        if started.is_set():
            typer.echo(welcome(settings, here))
            if demo:
                await asyncio.to_thread(_seed_when_empty, here.api_url, settings.api_tokens)
        await stop.wait()

    return greet


def _seed_when_empty(base_url: str, tokens: Sequence[Token]) -> None:
    supervisors = [token for token in tokens if token.role == "supervisor"]
    if not supervisors:
        log.warning("no demonstration portfolio: it needs tokens in PARCOURS_API_TOKENS")
        return
    try:
        if all(_has_no_journey(base_url, token) for token in supervisors):
            seed(base_url, tokens)
    except requests.RequestException as error:
        log.warning("the demonstration portfolio is incomplete", reason=type(error).__name__)


def _has_no_journey(base_url: str, supervisor: Token) -> bool:
    answer = requests.get(
        f"{base_url}/v1/journeys",
        params={"limit": 1},
        headers={"Authorization": f"Bearer {supervisor.token}"},
        timeout=TIMEOUT.total_seconds(),
    )
    answer.raise_for_status()
    return not answer.json()["items"]
