"""The engine: one pool per process."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine


def make_engine(url: str, *, pool_size: int = 20) -> AsyncEngine:
    """An asyncpg engine; a connection found dead after a restart of the server is replaced, not handed out."""
    return create_async_engine(url, pool_size=pool_size, max_overflow=10, pool_pre_ping=True, pool_recycle=1800)
