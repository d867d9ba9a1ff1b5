"""Answers kept under an Idempotency-Key."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "idempotency",
        sa.Column("operation", sa.Uuid(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("media_type", sa.String(length=60), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("operation", name=op.f("pk_idempotency")),
    )
    op.create_index("ix_idempotency_started_at", "idempotency", ["started_at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_idempotency_started_at", table_name="idempotency")
    op.drop_table("idempotency")
