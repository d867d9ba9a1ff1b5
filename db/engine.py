"""The engine: one pool per process."""

from __future__ import annotations

from typing import Any

from sqlalchemy import event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

CONNECT_SECONDS = 10


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
    return engine


def _replace_when_closed(connection: Any, *_: object) -> None:
    # The pool's own ping costs three exchanges before every transaction, a third of all; the end of the server is
    # known without one: asyncpg is told by the socket.
    if connection.driver_connection.is_closed():
        raise DisconnectionError("the server closed this connection")
