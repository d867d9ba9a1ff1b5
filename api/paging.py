"""Pages: a cursor and a limit in, one row more than asked for to know whether there is a next page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, TypeVar

from fastapi import Query

Cursor = Annotated[str | None, Query(max_length=300, description="`next_cursor` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=200)]
Line = TypeVar("Line")


def cut(rows: Sequence[Line], limit: int) -> tuple[Sequence[Line], Line | None]:
    """The rows of the page, and its last one when there are more behind."""
    return rows[:limit], rows[limit - 1] if len(rows) > limit else None
