"""Work that an operator's timer does, and when it last did it."""

from __future__ import annotations

from sqlalchemy import Column, String, Table

from db.tables.base import instant, metadata

upkeep = Table(
    "upkeep",
    metadata,
    Column("name", String(20), primary_key=True),
    instant("since", default=True),
    instant("done_at", nullable=True),
)
