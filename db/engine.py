"""The engine: one pool per process."""

from __future__ import annotations

import asyncio
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

from sqlalchemy import Engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

CONNECT_SECONDS = 10
CLOSE_SECONDS = 3
"""How long the goodbye to PostgreSQL may take; a server that is silent then gets none."""

_connections: WeakKeyDictionary[Engine, WeakSet[Any]] = WeakKeyDictionary()


def make_engine(url: str, *, pool_size: int = 20) -> AsyncEngine:
    """An asyncpg engine; a connection found dead after a restart of the server is replaced, not handed out.

    Nothing beyond the pool: a connection opened for one transaction costs more than it carries. The last one used is
    handed out first, its statements prepared. The parameters of a failed statement stay out of its error: they name
    people.
    """
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_use_lifo=True,
        pool_recycle=1800,
        hide_parameters=True,
        connect_args={"timeout": CONNECT_SECONDS},
    )
    event.listen(engine.sync_engine, "checkout", _replace_when_closed)
    opened = _connections[engine.sync_engine] = WeakSet()
    event.listen(engine.sync_engine, "connect", lambda connection, _: opened.add(connection.driver_connection))
    return engine


async def close(engine: AsyncEngine) -> None:
    """Say goodbye to PostgreSQL, and hang up where it does not answer within ``CLOSE_SECONDS``.

    Whoever still waits for an answer fails at once: cut off by the loop alone, it would wait for its rollback.
    """
    goodbyes = [connection.close(timeout=CLOSE_SECONDS) for connection in _connections[engine.sync_engine]]
    # One that is busy or silent is hung up by asyncpg, which then raises what nobody can act on any more.
    await asyncio.gather(*goodbyes, return_exceptions=True)
    engine.sync_engine.dispose(close=False)


def _replace_when_closed(connection: Any, *_: object) -> None:
    # The pool's own ping costs three exchanges before every transaction, a third of all; the end of the server is
    # known without one: asyncpg is told by the socket.
    if connection.driver_connection.is_closed():
        raise DisconnectionError("the server closed this connection")
