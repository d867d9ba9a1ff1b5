"""Slots agents publish, the bookings that hold them, and who waits for one."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "slots",
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("organisation", sa.String(length=60), nullable=False),
        sa.Column("agent", sa.String(length=100), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("formats", postgresql.ARRAY(sa.String(length=12)), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slots")),
        sa.UniqueConstraint("organisation", "agent", "starts_at", name=op.f("uq_slots_organisation_agent_starts_at")),
    )
    op.create_index("ix_slots_organisation_starts_at", "slots", ["organisation", "starts_at"], unique=False)
    op.create_table(
        "bookings",
        sa.Column("slot", sa.String(length=60), nullable=False),
        sa.Column("appointment", sa.String(length=60), nullable=False),
        sa.Column("siren", sa.String(length=9), nullable=False),
        sa.Column("attended", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["slot"], ["slots.id"], name=op.f("fk_bookings_slot")),
        sa.PrimaryKeyConstraint("slot", name=op.f("pk_bookings")),
        sa.UniqueConstraint("appointment", name=op.f("uq_bookings_appointment")),
    )
    op.create_index("ix_bookings_siren", "bookings", ["siren"], unique=False)
    op.create_table(
        "waiting",
        sa.Column("appointment", sa.String(length=60), nullable=False),
        sa.Column("siren", sa.String(length=9), nullable=False),
        sa.Column("organisation", sa.String(length=60), nullable=False),
        sa.Column("priority", sa.Boolean(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("appointment", name=op.f("pk_waiting")),
    )
    op.create_index(
        "ix_waiting_organisation_priority_since", "waiting", ["organisation", "priority", "since"], unique=False
    )


def downgrade() -> None:
    op.drop_table("waiting")
    op.drop_table("bookings")
    op.drop_table("slots")
