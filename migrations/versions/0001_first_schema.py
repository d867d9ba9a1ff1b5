"""The first schema: inbox, journeys, ledger, timeline, tasks, agents, policies, surveys."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agents",
        sa.Column("organisation", sa.String(length=60), nullable=False),
        sa.Column("agent", sa.String(length=100), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("trained", sa.Boolean(), nullable=False),
        sa.Column("absences", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("weight", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("organisation", "agent", name=op.f("pk_agents")),
    )
    op.create_table(
        "enterprises",
        sa.Column("siren", sa.String(length=9), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("contact_name", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("accountant_name", sa.Text(), nullable=True),
        sa.Column("accountant_email", sa.Text(), nullable=True),
        sa.Column("accountant_phone", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("siren", name=op.f("pk_enterprises")),
    )
    op.create_table(
        "events",
        sa.Column("seq", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("type", sa.String(length=60), nullable=False),
        sa.Column("siren", sa.String(length=9), nullable=False),
        sa.Column("organisation", sa.String(length=60), nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_events")),
        sa.UniqueConstraint("source", "id", name=op.f("uq_events_source_id")),
    )
    op.create_index(
        "ix_events_pending", "events", ["siren", "seq"], unique=False, postgresql_where=sa.text("status = 'pending'")
    )
    op.create_index("ix_events_siren_seq", "events", ["siren", "seq"], unique=False)
    op.create_index(
        "ix_events_waiting",
        "events",
        ["siren", "received_at"],
        unique=False,
        postgresql_where=sa.text("status = 'waiting'"),
    )
    op.create_table(
        "journeys",
        sa.Column("siren", sa.String(length=9), nullable=False),
        sa.Column("organisation", sa.String(length=60), nullable=False),
        sa.Column("phase", sa.String(length=10), nullable=False),
        sa.Column("referent", sa.String(length=100), nullable=True),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("has_accountant", sa.Boolean(), nullable=False),
        sa.Column("open_incident", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("chain", sa.String(length=60), nullable=True),
        sa.Column("step", sa.Integer(), server_default="0", nullable=False),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("wake_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("nudge", sa.Integer(), server_default="0", nullable=False),
        sa.Column("nudged", sa.Integer(), server_default="0", nullable=False),
        sa.Column("ahead_seconds", sa.Float(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("siren", name=op.f("pk_journeys")),
    )
    op.create_index(
        "ix_journeys_nudge", "journeys", ["siren"], unique=False, postgresql_where=sa.text("nudge > nudged")
    )
    op.create_index(
        "ix_journeys_organisation_phase_siren", "journeys", ["organisation", "phase", "siren"], unique=False
    )
    op.create_index("ix_journeys_organisation_referent", "journeys", ["organisation", "referent"], unique=False)
    op.create_table(
        "messages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("siren", sa.String(length=9), nullable=False),
        sa.Column("organisation", sa.String(length=60), nullable=False),
        sa.Column("rule", sa.String(length=10), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("channel", sa.String(length=4), nullable=False),
        sa.Column("recipient", sa.String(length=10), nullable=False),
        sa.Column("template", sa.String(length=40), nullable=False),
        sa.Column("purpose", sa.String(length=12), nullable=False),
        sa.Column("critical", sa.Boolean(), nullable=False),
        sa.Column("immediate", sa.Boolean(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("to", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("provider", sa.String(length=20), nullable=True),
        sa.Column("provider_id", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("event_id", sa.Text(), nullable=True),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("siren", "rule", "subject", "channel", "recipient", name="one_intention_one_message"),
    )
    op.create_index("ix_messages_provider_id", "messages", ["provider", "provider_id"], unique=False)
    op.create_index("ix_messages_siren_queued_at", "messages", ["siren", "queued_at"], unique=False)
    op.create_index(
        "ix_messages_unsettled",
        "messages",
        ["queued_at"],
        unique=False,
        postgresql_where=sa.text("status IN ('queued', 'sending', 'unknown')"),
    )
    op.create_table(
        "policies",
        sa.Column("organisation", sa.String(length=60), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("first_seen", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("organisation", "version", name=op.f("pk_policies")),
    )
    op.create_table(
        "surveys",
        sa.Column("siren", sa.String(length=9), nullable=False),
        sa.Column("moment", sa.String(length=60), nullable=False),
        sa.Column("satisfaction", sa.Integer(), nullable=False),
        sa.Column("effort", sa.Integer(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("siren", "moment", name=op.f("pk_surveys")),
    )
    op.create_table(
        "tasks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("siren", sa.String(length=9), nullable=False),
        sa.Column("organisation", sa.String(length=60), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("rule", sa.String(length=10), nullable=False),
        sa.Column("queue", sa.String(length=12), nullable=False),
        sa.Column("assignee", sa.String(length=100), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("guidance", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("done_by", sa.String(length=100), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tasks")),
        sa.UniqueConstraint("siren", "key", name=op.f("uq_tasks_siren_key")),
    )
    op.create_index(
        "ix_tasks_organisation_status_due_at", "tasks", ["organisation", "status", "due_at", "id"], unique=False
    )
    op.create_table(
        "timeline",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("siren", sa.String(length=9), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("rule", sa.String(length=10), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timeline")),
    )
    op.create_index("ix_timeline_siren_id", "timeline", ["siren", "id"], unique=False)
    op.create_table(
        "receipts",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("event_key", sa.Text(), nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("contact_bad", sa.Boolean(), nullable=False),
        sa.Column("opted_out", sa.Boolean(), nullable=False),
        sa.Column("retryable", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_receipts_message_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipts")),
        sa.UniqueConstraint("provider", "event_key", name=op.f("uq_receipts_provider_event_key")),
    )
    op.create_index("ix_receipts_message_id", "receipts", ["message_id"], unique=False)
    op.create_index(
        "ix_receipts_unmatched",
        "receipts",
        ["provider", "provider_id"],
        unique=False,
        postgresql_where=sa.text("message_id IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_receipts_unmatched", table_name="receipts", postgresql_where=sa.text("message_id IS NULL"))
    op.drop_index("ix_receipts_message_id", table_name="receipts")
    op.drop_table("receipts")
    op.drop_index("ix_timeline_siren_id", table_name="timeline")
    op.drop_table("timeline")
    op.drop_index("ix_tasks_organisation_status_due_at", table_name="tasks")
    op.drop_table("tasks")
    op.drop_table("surveys")
    op.drop_table("policies")
    op.drop_index(
        "ix_messages_unsettled",
        table_name="messages",
        postgresql_where=sa.text("status IN ('queued', 'sending', 'unknown')"),
    )
    op.drop_index("ix_messages_siren_queued_at", table_name="messages")
    op.drop_index("ix_messages_provider_id", table_name="messages")
    op.drop_table("messages")
    op.drop_index("ix_journeys_organisation_referent", table_name="journeys")
    op.drop_index("ix_journeys_organisation_phase_siren", table_name="journeys")
    op.drop_index("ix_journeys_nudge", table_name="journeys", postgresql_where=sa.text("nudge > nudged"))
    op.drop_table("journeys")
    op.drop_index("ix_events_waiting", table_name="events", postgresql_where=sa.text("status = 'waiting'"))
    op.drop_index("ix_events_siren_seq", table_name="events")
    op.drop_index("ix_events_pending", table_name="events", postgresql_where=sa.text("status = 'pending'"))
    op.drop_table("events")
    op.drop_table("enterprises")
    op.drop_table("agents")
