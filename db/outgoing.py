"""Events out, in the order they were decided; delivered to subscribers by others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.tables import outgoing


@dataclass(frozen=True)
class OutEvent:
    """An event for subscribers; ``type`` without prefix."""

    id: UUID
    siren: str
    organisation: str
    type: str
    time: datetime
    data: dict[str, Any]


async def add(connection: AsyncConnection, events: Sequence[OutEvent]) -> None:
    """Write events with the decision they come from."""
    if events:
        await connection.execute(insert(outgoing).on_conflict_do_nothing(), [vars(event) for event in events])
