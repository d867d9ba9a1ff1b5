"""Collective meetings and trainings, and who has a place in them (APT-5)."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, false

from db.tables.base import instant, metadata

meetings = Table(
    "meetings",
    metadata,
    Column("id", String(60), primary_key=True),
    Column("organisation", String(60), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("title", Text, nullable=False),
    Column("place", Text, nullable=False),
    instant("starts_at"),
    Column("minutes", Integer, nullable=False),
    Column("places", Integer, nullable=False),
    Column("cancelled", Boolean, nullable=False, server_default=false()),
    Index("ix_meetings_organisation_starts_at", "organisation", "starts_at"),
)

# One row for each enterprise that ever had a place: `sequence` counts what happened to it.
registrations = Table(
    "registrations",
    metadata,
    Column("meeting", String(60), ForeignKey("meetings.id"), primary_key=True),
    Column("siren", String(9), primary_key=True),
    Column("stands", Boolean, nullable=False),
    Column("sequence", Integer, nullable=False),
    instant("changed_at"),
    Index("ix_registrations_siren", "siren"),
)
