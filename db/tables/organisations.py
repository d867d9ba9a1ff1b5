"""Organisations: their agents, their policies."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Integer,
    String,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB

from db.tables.base import instant, metadata

agents = Table(
    "agents",
    metadata,
    Column("organisation", String(60), primary_key=True),
    Column("agent", String(100), primary_key=True),
    Column("name", Text, nullable=False),
    Column("email", Text),
    Column("phone", Text),
    Column("trained", Boolean, nullable=False),
    Column("absences", JSONB, nullable=False, server_default="[]"),
    Column("weight", Integer, nullable=False, server_default="0"),
    instant("left_at", nullable=True),
    Column("video_link", Text),
)

policies = Table(
    "policies",
    metadata,
    Column("organisation", String(60), primary_key=True),
    Column("version", String(64), primary_key=True),
    Column("body", JSONB, nullable=False),
    instant("first_seen", default=True),
)
