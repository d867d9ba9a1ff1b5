"""What reaches PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine


@contextmanager
def heard(engine: AsyncEngine) -> Iterator[list[str]]:
    """Statements and ends of transactions that reach the server meanwhile."""
    said: list[str] = []

    def statement(_connection: Any, _cursor: Any, text: str, *_: Any) -> None:
        said.append(text)

    def committed(_: Any) -> None:
        said.append("COMMIT")

    event.listen(engine.sync_engine, "before_cursor_execute", statement)
    event.listen(engine.sync_engine, "commit", committed)
    yield said
    event.remove(engine.sync_engine, "before_cursor_execute", statement)
    event.remove(engine.sync_engine, "commit", committed)


def counted(said: Sequence[str]) -> tuple[int, int]:
    """Statements, transactions."""
    commits = said.count("COMMIT")
    return len(said) - commits, commits
