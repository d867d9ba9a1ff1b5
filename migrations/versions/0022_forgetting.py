"""What a purge has done of a journey, what was erased when asked for, when an agent left, when the purge last ran."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("journeys", sa.Column("purged", sa.String(length=10), server_default="", nullable=False))
    op.add_column("journeys", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_journeys_kept", "journeys", ["ends_on"], unique=False, postgresql_where=sa.text("purged <> 'lapsed'")
    )
    op.add_column("agents", sa.Column("left_at", sa.DateTime(timezone=True), nullable=True))
    # When each of them left was not written down: it is counted from today.
    op.execute("UPDATE agents SET left_at = now() WHERE NOT trained")
    op.create_table(
        "upkeep",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_upkeep")),
    )
    op.execute("ALTER TABLE upkeep ENABLE ROW LEVEL SECURITY")
    op.execute("INSERT INTO upkeep (name) VALUES ('purge')")


def downgrade() -> None:
    op.drop_table("upkeep")
    op.drop_column("agents", "left_at")
    op.drop_index("ix_journeys_kept", "journeys")
    op.drop_column("journeys", "erased_at")
    op.drop_column("journeys", "purged")
