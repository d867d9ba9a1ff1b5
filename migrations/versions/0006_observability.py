"""When a message was owed, the trace an event came in, and the indexes that the gauges read."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_messages_unproved": ("messages", "sent_at", "status = 'sent'"),
    "ix_commitments_running": ("commitments", "due_at", "met_at IS NULL AND breached_at IS NULL"),
    "ix_commitments_breached": ("commitments", "breached_at", "breached_at IS NOT NULL"),
    "ix_deliveries_failed": ("deliveries", "attempted_at", "status = 'failed'"),
}


def upgrade() -> None:
    op.add_column("events", sa.Column("trace", sa.String(length=55), nullable=True))
    op.add_column("messages", sa.Column("due_at", sa.DateTime(timezone=True), nullable=True))
    for name, (table, column, condition) in INDEXES.items():
        op.create_index(name, table, [column], unique=False, postgresql_where=sa.text(condition), if_not_exists=True)


def downgrade() -> None:
    for name, (table, _, _) in INDEXES.items():
        op.drop_index(name, table_name=table)
    op.drop_column("messages", "due_at")
    op.drop_column("events", "trace")
