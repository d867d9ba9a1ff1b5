"""Journeys: who they are, their state, what was decided, the work it gives."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    false,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from db.tables.base import instant, metadata

enterprises = Table(
    "enterprises",
    metadata,
    Column("siren", String(9), primary_key=True),
    Column("name", Text, nullable=False),
    Column("folded_name", Text, nullable=False, server_default=""),
    Column("contact_name", Text),
    Column("email", Text),
    Column("phone", Text),
    Column("accountant_name", Text),
    Column("accountant_email", Text),
    Column("accountant_phone", Text),
    # How often the person changed: the links of the former one are dead (COM-10).
    Column("contact_epoch", Integer, nullable=False, server_default="0"),
    Column("accountant_epoch", Integer, nullable=False, server_default="0"),
)
Index("ix_enterprises_email", func.lower(enterprises.c.email))
Index("ix_enterprises_accountant", func.lower(enterprises.c.accountant_email))

# `purged`: `archived` once the addresses are gone, `lapsed` once the people are. `erased_at`: erased when asked for.
journeys = Table(
    "journeys",
    metadata,
    Column("siren", String(9), primary_key=True),
    Column("organisation", String(60), nullable=False),
    Column("phase", String(10), nullable=False),
    Column("referent", String(100)),
    Column("opened_on", Date, nullable=False),
    Column("ends_on", Date, nullable=False),
    Column("has_accountant", Boolean, nullable=False),
    Column("open_incident", Boolean, nullable=False, server_default=false()),
    Column("state", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("chain", String(60)),
    Column("step", Integer, nullable=False, server_default="0"),
    Column("result", Text),
    instant("wake_at", nullable=True),
    Column("nudge", Integer, nullable=False, server_default="0"),
    Column("nudged", Integer, nullable=False, server_default="0"),
    Column("ahead_seconds", Float, nullable=False, server_default="0"),
    instant("created_at", default=True),
    Column("purged", String(10), nullable=False, server_default=""),
    instant("erased_at", nullable=True),
    Index("ix_journeys_organisation_phase_siren", "organisation", "phase", "siren"),
    Index("ix_journeys_organisation_referent", "organisation", "referent"),
    Index("ix_journeys_nudge", "siren", postgresql_where=text("nudge > nudged")),
    Index("ix_journeys_kept", "ends_on", postgresql_where=text("purged <> 'lapsed'")),
)

timeline = Table(
    "timeline",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=True),
    Column("siren", String(9), nullable=False),
    instant("at"),
    Column("kind", String(20), nullable=False),
    Column("rule", String(10), nullable=False),
    Column("summary", Text, nullable=False),
    Column("event_id", Text),
    Index("ix_timeline_siren_id", "siren", "id"),
)

tasks = Table(
    "tasks",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("siren", String(9), nullable=False),
    Column("organisation", String(60), nullable=False),
    Column("key", Text, nullable=False),
    Column("kind", String(30), nullable=False),
    Column("rule", String(10), nullable=False),
    Column("queue", String(12), nullable=False),
    Column("assignee", String(100)),
    Column("status", String(10), nullable=False),
    instant("due_at"),
    instant("opened_at"),
    Column("summary", Text, nullable=False),
    Column("guidance", JSONB, nullable=False),
    Column("outcome", Text),
    Column("note", Text),
    Column("done_by", String(100)),
    instant("done_at", nullable=True),
    UniqueConstraint("siren", "key"),
    Index("ix_tasks_organisation_status_due_at", "organisation", "status", "due_at", "id"),
)

notes = Table(
    "notes",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("siren", String(9), nullable=False),
    Column("organisation", String(60), nullable=False),
    Column("subject", Text, nullable=False),
    Column("author", String(100)),
    Column("text", Text, nullable=False),
    instant("at", default=True),
    Index("ix_notes_siren_at", "siren", "at"),
)

# Offers that no free slot suits, to be told when one is freed.
waiting = Table(
    "waiting",
    metadata,
    Column("appointment", String(60), primary_key=True),
    Column("siren", String(9), nullable=False),
    Column("organisation", String(60), nullable=False),
    Column("priority", Boolean, nullable=False),
    instant("since"),
    Index("ix_waiting_organisation_priority_since", "organisation", "priority", "since"),
)
