"""Rules whose messages an administrator stopped."""

from __future__ import annotations

from sqlalchemy import Column, Index, String, Table, Text, Uuid

from db.tables.base import instant, metadata

stops = Table(
    "stops",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("organisation", String(60), nullable=False),
    Column("rule", String(10), nullable=False),
    Column("reason", Text, nullable=False),
    Column("author", Text, nullable=False),
    instant("from_at", default=True),
    instant("until"),
    instant("lifted_at", nullable=True),
    Column("lifted_by", Text),
    Index("ix_stops_organisation_until", "organisation", "until"),
)
