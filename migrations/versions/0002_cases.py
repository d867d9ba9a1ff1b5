"""Cases, commitments, notes, events out."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cases",
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("siren", sa.String(length=9), nullable=False),
        sa.Column("organisation", sa.String(length=60), nullable=False),
        sa.Column("family", sa.String(length=12), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
    )
    op.create_index("ix_cases_organisation_family_status", "cases", ["organisation", "family", "status"], unique=False)
    op.create_index("ix_cases_siren", "cases", ["siren"], unique=False)
    op.create_table(
        "commitments",
        sa.Column("siren", sa.String(length=9), nullable=False),
        sa.Column("id", sa.String(length=120), nullable=False),
        sa.Column("organisation", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("rule", sa.String(length=10), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("met_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("breached_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("siren", "id", name=op.f("pk_commitments")),
    )
    op.create_index(
        "ix_commitments_organisation_started_at", "commitments", ["organisation", "started_at"], unique=False
    )
    op.create_table(
        "notes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("siren", sa.String(length=9), nullable=False),
        sa.Column("organisation", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("author", sa.String(length=100), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes")),
    )
    op.create_index("ix_notes_siren_at", "notes", ["siren", "at"], unique=False)
    op.create_table(
        "outgoing",
        sa.Column("seq", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("siren", sa.String(length=9), nullable=False),
        sa.Column("organisation", sa.String(length=60), nullable=False),
        sa.Column("type", sa.String(length=60), nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_outgoing")),
        sa.UniqueConstraint("id", name=op.f("uq_outgoing_id")),
    )


def downgrade() -> None:
    op.drop_table("outgoing")
    op.drop_index("ix_notes_siren_at", table_name="notes")
    op.drop_table("notes")
    op.drop_index("ix_commitments_organisation_started_at", table_name="commitments")
    op.drop_table("commitments")
    op.drop_index("ix_cases_siren", table_name="cases")
    op.drop_index("ix_cases_organisation_family_status", table_name="cases")
    op.drop_table("cases")
