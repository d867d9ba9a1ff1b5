"""Pages: a cursor and a limit in, one row more than asked for to know whether there is a next page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Query
from sqlalchemy import Row

Cursor = Annotated[str | None, Query(max_length=300, description="`next_cursor` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=200)]


def cut(rows: Sequence[Row[Any]], limit: int) -> tuple[Sequence[Row[Any]], Row[Any] | None]:
    """The rows of the page, and its last one when there are more behind."""
    return rows[:limit], rows[limit - 1] if len(rows) > limit else None
