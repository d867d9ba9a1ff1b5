"""What comes in: events, receipts, answers of surveys, requests under their key."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from db.tables.base import instant, metadata

events = Table(
    "events",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=True),
    Column("source", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("type", String(60), nullable=False),
    Column("siren", String(9), nullable=False),
    Column("organisation", String(60), nullable=False),
    instant("time"),
    Column("data", JSONB, nullable=False),
    instant("received_at", default=True),
    Column("status", String(10), nullable=False),
    Column("problem", Text),
    Column("trace", String(55)),
    instant("set_aside_at", nullable=True),
    instant("decided_at", nullable=True),
    Column("decided_by", Text),
    Column("reason", Text),
    UniqueConstraint("source", "id"),
    Index("ix_events_pending", "siren", "seq", postgresql_where=text("status = 'pending'")),
    Index("ix_events_waiting", "siren", "received_at", postgresql_where=text("status = 'waiting'")),
    Index("ix_events_set_aside", "siren", "seq", postgresql_where=text("status = 'set_aside'")),
    Index("ix_events_siren_seq", "siren", "seq"),
)

receipts = Table(
    "receipts",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=True),
    Column("provider", String(20), nullable=False),
    Column("event_key", Text, nullable=False),
    Column("provider_id", Text, nullable=False),
    Column("message_id", Uuid, ForeignKey("messages.id", ondelete="CASCADE")),
    Column("status", String(10), nullable=False),
    Column("code", Text),
    Column("contact_bad", Boolean, nullable=False),
    Column("opted_out", Boolean, nullable=False),
    Column("retryable", Boolean, nullable=False),
    instant("at", nullable=True),
    instant("received_at", default=True),
    UniqueConstraint("provider", "event_key"),
    Index("ix_receipts_message_id", "message_id"),
    Index("ix_receipts_unmatched", "provider", "provider_id", postgresql_where=text("message_id IS NULL")),
)

surveys = Table(
    "surveys",
    metadata,
    Column("siren", String(9), primary_key=True),
    Column("moment", String(60), primary_key=True),
    Column("satisfaction", Integer, nullable=False),
    Column("effort", Integer, nullable=False),
    Column("comment", Text),
    instant("answered_at", default=True),
)

# What was done by signed links in the last hour; ``link`` is a digest of the token.
link_deeds = Table(
    "link_deeds",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=True),
    Column("siren", String(9), nullable=False),
    Column("link", String(32), nullable=False),
    Column("kind", String(20), nullable=False),
    instant("at"),
    Index("ix_link_deeds_siren_at", "siren", "at"),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("operation", Uuid, primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("status", Integer),
    Column("media_type", String(60)),
    Column("body", LargeBinary),
    instant("started_at", default=True),
    Index("ix_idempotency_started_at", "started_at"),
)
