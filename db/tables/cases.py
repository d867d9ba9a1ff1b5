"""Cases: plans, appointments and incidents as they are read; promises; slots."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY

from db.tables.base import instant, metadata

cases = Table(
    "cases",
    metadata,
    Column("id", String(60), primary_key=True),
    Column("siren", String(9), nullable=False),
    Column("organisation", String(60), nullable=False),
    Column("family", String(12), nullable=False),
    Column("kind", String(30), nullable=False),
    Column("status", String(12), nullable=False),
    instant("opened_at"),
    instant("closed_at", nullable=True),
    Index("ix_cases_organisation_family_status", "organisation", "family", "status"),
    Index("ix_cases_siren", "siren"),
)

commitments = Table(
    "commitments",
    metadata,
    Column("siren", String(9), primary_key=True),
    Column("id", String(120), primary_key=True),
    Column("organisation", String(60), nullable=False),
    Column("kind", String(30), nullable=False),
    Column("rule", String(10), nullable=False),
    Column("subject", Text, nullable=False),
    instant("started_at"),
    instant("due_at"),
    instant("paused_at", nullable=True),
    instant("met_at", nullable=True),
    instant("breached_at", nullable=True),
    Index("ix_commitments_organisation_started_at", "organisation", "started_at"),
    Index("ix_commitments_running", "due_at", postgresql_where=text("met_at IS NULL AND breached_at IS NULL")),
    Index("ix_commitments_breached", "breached_at", postgresql_where=text("breached_at IS NOT NULL")),
)

slots = Table(
    "slots",
    metadata,
    Column("id", String(60), primary_key=True),
    Column("organisation", String(60), nullable=False),
    Column("agent", String(100), nullable=False),
    instant("starts_at"),
    Column("minutes", Integer, nullable=False),
    Column("formats", ARRAY(String(12)), nullable=False),
    UniqueConstraint("organisation", "agent", "starts_at"),
    Index("ix_slots_organisation_starts_at", "organisation", "starts_at"),
)

# One row per slot held: the primary key makes a double booking impossible, whoever tries (APT-2).
bookings = Table(
    "bookings",
    metadata,
    Column("slot", String(60), ForeignKey("slots.id"), primary_key=True),
    Column("appointment", String(60), nullable=False, unique=True),
    Column("siren", String(9), nullable=False),
    Column("attended", Boolean, nullable=False, server_default=true()),
    instant("booked_at"),
    Index("ix_bookings_siren", "siren"),
)
