"""The API and the worker, together or apart, in this process."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager

import uvicorn
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from cli.bounded import BoundedProtocol
from config.errors import OperatorError, SettingsError
from config.metrics import sdk_runtime
from config.settings import Settings
from config.temporal import connect_with
from config.tracing import interceptors, tracing

DRAIN_SECONDS = 10
COLLECT_AFTER = (20_000, 5, 5)

# What runs until `stop` is set.
Part = Callable[[Settings, AsyncEngine, Client, asyncio.Event], Awaitable[None]]


class Server(uvicorn.Server):
    """uvicorn that says when it listens and leaves the signals to the command."""

    def __init__(self, config: uvicorn.Config, started: asyncio.Event) -> None:
        super().__init__(config)
        self._listening = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start listening, then set the event."""
        await super().startup(sockets)
        self._listening.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Install no handler."""
        yield


async def serve(settings: Settings, parts: Sequence[Part]) -> None:
    """Run the parts until cancelled; raise what stopped one of them, or OperatorError when it gives no reason."""
    async with _connections(settings) as (engine, temporal):
        stop = asyncio.Event()
        tasks = [asyncio.ensure_future(part(settings, engine, temporal, stop)) for part in parts]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stop.set()
            outcomes = await asyncio.gather(*tasks, return_exceptions=True)
            for failure in filter(None, outcomes):
                raise failure
        raise OperatorError("a part of Parcours stopped by itself: the log above says why")


def api_part(started: asyncio.Event, shared: int | None = None) -> Part:
    """The HTTP interface; `started` is set once it listens, on the open socket `shared` when one is given."""

    async def run(settings: Settings, engine: AsyncEngine, temporal: Client, stop: asyncio.Event) -> None:
        from api.app import create_app
        from cli.named import Named
        from web.app import create_pages

        app = create_app(settings, engine, temporal)
        app.mount("/", create_pages(settings, engine, temporal))
        # A signed link is a key: request lines stay out of the logs.
        config = uvicorn.Config(
            Named(app, settings),
            http=BoundedProtocol,
            ws="none",
            log_config=None,
            access_log=False,
            lifespan="on",
            timeout_graceful_shutdown=DRAIN_SECONDS,
            forwarded_allow_ips=settings.trusted_proxies,
        )
        server = Server(config, started)
        _collect_less()
        with listening(settings) if shared is None else socket.socket(fileno=shared) as listener:
            serving = asyncio.ensure_future(server.serve(sockets=[listener]))
            await first(serving, stop.wait())
            server.should_exit = True
            await serving

    return run


def _collect_less() -> None:
    """What is loaded stays, requests and steps leave little behind: the collector took a fifth of their CPU."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


async def worker_part(settings: Settings, engine: AsyncEngine, temporal: Client, stop: asyncio.Event) -> None:
    """Carry out journeys and deliveries, once Temporal answers."""
    import worker

    runtime = temporal.service_client.config.runtime
    connecting = asyncio.ensure_future(connect_with(settings, runtime=runtime, interceptors=interceptors()))
    await first(connecting, stop.wait())
    if not connecting.done():
        connecting.cancel()
        return
    _collect_less()
    await worker.run(settings, engine, await connecting, stop)


async def first(*waits: Awaitable[object]) -> None:
    """Return when one of these ends; futures go on, what was only awaited here is dropped."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for wait, task in zip(waits, tasks, strict=True):
        if task is not wait:
            task.cancel()


@asynccontextmanager
async def _connections(settings: Settings) -> AsyncIterator[tuple[AsyncEngine, Client]]:
    from db.engine import close, make_engine

    engine = make_engine(settings.required_database_url)
    runtime = sdk_runtime(settings)
    with tracing(settings):
        try:
            # Whoever stores events and receipts does not wait for Temporal: it would lose them.
            yield engine, await connect_with(settings, runtime=runtime, interceptors=interceptors(), lazy=True)
        finally:
            await close(engine)


def listening(settings: Settings) -> socket.socket:
    """The socket of the settings, open; raise SettingsError when it is taken."""
    host, port = settings.http_host, settings.http_port
    try:
        listener = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise SettingsError(
            f"PARCOURS_HTTP_PORT: {host}:{port} cannot be listened on ({error.strerror}): choose another"
        ) from None
    # asyncio leaves it to us on a socket made without naming TCP: 40 ms for each answer, waiting for the client's ACK.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener
