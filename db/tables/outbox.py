"""What goes out: messages, and events for subscribers."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Identity,
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
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from db.tables.base import instant, metadata

messages = Table(
    "messages",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("seq", BigInteger, Identity(), nullable=False),
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
    Column("html", Text, comment="of a mail that the development outbox keeps"),
    Column("provider", String(20)),
    Column("provider_id", Text),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("event_id", Text),
    instant("valid_until", nullable=True),
    instant("queued_at"),
    instant("attempted_at", nullable=True),
    instant("sent_at", nullable=True),
    instant("due_at", nullable=True),
    UniqueConstraint("siren", "rule", "subject", "channel", "recipient", name="one_intention_one_message"),
    Index("ix_messages_siren_queued_at", "siren", "queued_at"),
    Index("ix_messages_provider_id", "provider", "provider_id"),
    Index("ix_messages_unsettled", "queued_at", postgresql_where=text("status IN ('queued', 'sending', 'unknown')")),
    Index("ix_messages_unproved", "sent_at", postgresql_where=text("status = 'sent'")),
)

outgoing = Table(
    "outgoing",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=True),
    Column("id", Uuid, nullable=False, unique=True),
    Column("siren", String(9), nullable=False),
    Column("organisation", String(60), nullable=False),
    Column("type", String(60), nullable=False),
    instant("time"),
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
    instant("created_at", default=True),
    instant("disabled_at", nullable=True),
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
    instant("next_at", default=True),
    instant("attempted_at", nullable=True),
    UniqueConstraint("subscription", "seq"),
    Index("ix_deliveries_pending", "subscription", "siren", "seq", postgresql_where=text("status = 'pending'")),
    Index("ix_deliveries_failed", "attempted_at", postgresql_where=text("status = 'failed'")),
)

paces = Table(
    "paces",
    metadata,
    Column("name", String(20), primary_key=True),
    instant("free_at"),
    prefixes=["UNLOGGED"],
)
