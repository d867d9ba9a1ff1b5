"""The tables. Personal data: ``enterprises``, ``agents``, ``events.data``, ``messages``, the notes of ``tasks``."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    false,
    func,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = MetaData(naming_convention=NAMING)


def _instant(name: str, *, nullable: bool = False, default: bool = False) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=nullable, server_default=func.now() if default else None)


events = Table(
    "events",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=True),
    Column("source", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("type", String(60), nullable=False),
    Column("siren", String(9), nullable=False),
    Column("organisation", String(60), nullable=False),
    _instant("time"),
    Column("data", JSONB, nullable=False),
    _instant("received_at", default=True),
    Column("status", String(10), nullable=False),
    Column("problem", Text),
    Column("trace", String(55)),
    UniqueConstraint("source", "id"),
    Index("ix_events_pending", "siren", "seq", postgresql_where=text("status = 'pending'")),
    Index("ix_events_waiting", "siren", "received_at", postgresql_where=text("status = 'waiting'")),
    Index("ix_events_siren_seq", "siren", "seq"),
)

enterprises = Table(
    "enterprises",
    metadata,
    Column("siren", String(9), primary_key=True),
    Column("name", Text, nullable=False),
    Column("contact_name", Text),
    Column("email", Text),
    Column("phone", Text),
    Column("accountant_name", Text),
    Column("accountant_email", Text),
    Column("accountant_phone", Text),
)

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
    _instant("wake_at", nullable=True),
    Column("nudge", Integer, nullable=False, server_default="0"),
    Column("nudged", Integer, nullable=False, server_default="0"),
    Column("ahead_seconds", Float, nullable=False, server_default="0"),
    _instant("created_at", default=True),
    Index("ix_journeys_organisation_phase_siren", "organisation", "phase", "siren"),
    Index("ix_journeys_organisation_referent", "organisation", "referent"),
    Index("ix_journeys_nudge", "siren", postgresql_where=text("nudge > nudged")),
)

messages = Table(
    "messages",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("siren", String(9), nullable=False),
    Column("organisation", String(60), nullable=False),
    Column("rule", String(10), nullable=False),
    Column("subject", Text, nullable=False),
    Column("channel", String(4), nullable=False),
    Column("recipient", String(10), nullable=False),
    Column("template", String(40), nullable=False),
    Column("purpose", String(12), nullable=False),
    Column("critical", Boolean, nullable=False),
    Column("immediate", Boolean, nullable=False),
    Column("facts", JSONB, nullable=False),
    Column("status", String(10), nullable=False),
    Column("reason", Text),
    Column("to", Text),
    Column("title", Text),
    Column("text", Text),
    Column("provider", String(20)),
    Column("provider_id", Text),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("event_id", Text),
    _instant("valid_until", nullable=True),
    _instant("queued_at"),
    _instant("attempted_at", nullable=True),
    _instant("sent_at", nullable=True),
    _instant("due_at", nullable=True),
    UniqueConstraint("siren", "rule", "subject", "channel", "recipient", name="one_intention_one_message"),
    Index("ix_messages_siren_queued_at", "siren", "queued_at"),
    Index("ix_messages_provider_id", "provider", "provider_id"),
    Index("ix_messages_unsettled", "queued_at", postgresql_where=text("status IN ('queued', 'sending', 'unknown')")),
    Index("ix_messages_unproved", "sent_at", postgresql_where=text("status = 'sent'")),
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
    _instant("at", nullable=True),
    _instant("received_at", default=True),
    UniqueConstraint("provider", "event_key"),
    Index("ix_receipts_message_id", "message_id"),
    Index("ix_receipts_unmatched", "provider", "provider_id", postgresql_where=text("message_id IS NULL")),
)

timeline = Table(
    "timeline",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=True),
    Column("siren", String(9), nullable=False),
    _instant("at"),
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
    _instant("due_at"),
    _instant("opened_at"),
    Column("summary", Text, nullable=False),
    Column("guidance", JSONB, nullable=False),
    Column("outcome", Text),
    Column("note", Text),
    Column("done_by", String(100)),
    _instant("done_at", nullable=True),
    UniqueConstraint("siren", "key"),
    Index("ix_tasks_organisation_status_due_at", "organisation", "status", "due_at", "id"),
)

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
)

policies = Table(
    "policies",
    metadata,
    Column("organisation", String(60), primary_key=True),
    Column("version", String(64), primary_key=True),
    Column("body", JSONB, nullable=False),
    _instant("first_seen", default=True),
)

surveys = Table(
    "surveys",
    metadata,
    Column("siren", String(9), primary_key=True),
    Column("moment", String(60), primary_key=True),
    Column("satisfaction", Integer, nullable=False),
    Column("effort", Integer, nullable=False),
    Column("comment", Text),
    _instant("answered_at", default=True),
)


cases = Table(
    "cases",
    metadata,
    Column("id", String(60), primary_key=True),
    Column("siren", String(9), nullable=False),
    Column("organisation", String(60), nullable=False),
    Column("family", String(12), nullable=False),
    Column("kind", String(30), nullable=False),
    Column("status", String(12), nullable=False),
    _instant("opened_at"),
    _instant("closed_at", nullable=True),
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
    _instant("started_at"),
    _instant("due_at"),
    _instant("paused_at", nullable=True),
    _instant("met_at", nullable=True),
    _instant("breached_at", nullable=True),
    Index("ix_commitments_organisation_started_at", "organisation", "started_at"),
    Index("ix_commitments_running", "due_at", postgresql_where=text("met_at IS NULL AND breached_at IS NULL")),
    Index("ix_commitments_breached", "breached_at", postgresql_where=text("breached_at IS NOT NULL")),
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
    _instant("at", default=True),
    Index("ix_notes_siren_at", "siren", "at"),
)

outgoing = Table(
    "outgoing",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=True),
    Column("id", Uuid, nullable=False, unique=True),
    Column("siren", String(9), nullable=False),
    Column("organisation", String(60), nullable=False),
    Column("type", String(60), nullable=False),
    _instant("time"),
    Column("data", JSONB, nullable=False),
    Column("handed_out", Boolean, nullable=False, server_default=false()),
    Index("ix_outgoing_to_hand_out", "seq", postgresql_where=text("NOT handed_out")),
)

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("organisation", String(60), nullable=False),
    Column("url", Text, nullable=False),
    Column("types", ARRAY(String(60)), nullable=False),
    Column("secret", Text, nullable=False),
    _instant("created_at", default=True),
    Index("ix_subscriptions_organisation", "organisation"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=func.gen_random_uuid()),
    Column("subscription", Uuid, ForeignKey("subscriptions.id", ondelete="CASCADE"), nullable=False),
    Column("seq", BigInteger, ForeignKey("outgoing.seq", ondelete="CASCADE"), nullable=False),
    Column("siren", String(9), nullable=False),
    Column("status", String(10), nullable=False, server_default="pending"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("outcome", Text),
    _instant("next_at", default=True),
    _instant("attempted_at", nullable=True),
    UniqueConstraint("subscription", "seq"),
    Index("ix_deliveries_pending", "subscription", "siren", "seq", postgresql_where=text("status = 'pending'")),
    Index("ix_deliveries_failed", "attempted_at", postgresql_where=text("status = 'failed'")),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("operation", Uuid, primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("status", Integer),
    Column("media_type", String(60)),
    Column("body", LargeBinary),
    _instant("started_at", default=True),
    Index("ix_idempotency_started_at", "started_at"),
)

slots = Table(
    "slots",
    metadata,
    Column("id", String(60), primary_key=True),
    Column("organisation", String(60), nullable=False),
    Column("agent", String(100), nullable=False),
    _instant("starts_at"),
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
    _instant("booked_at"),
    Index("ix_bookings_siren", "siren"),
)

# Offers that no free slot suits, to be told when one is freed.
waiting = Table(
    "waiting",
    metadata,
    Column("appointment", String(60), primary_key=True),
    Column("siren", String(9), nullable=False),
    Column("organisation", String(60), nullable=False),
    Column("priority", Boolean, nullable=False),
    _instant("since"),
    Index("ix_waiting_organisation_priority_since", "organisation", "priority", "since"),
)
