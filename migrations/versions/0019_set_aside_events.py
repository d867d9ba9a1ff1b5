"""Events that cannot be applied are set aside alone, until an administrator has them applied again or refuses them."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

DECIDED = "status, reason, decided_by, decided_at"


def upgrade() -> None:
    op.add_column("events", sa.Column("set_aside_at", sa.DateTime(timezone=True)))
    op.add_column("events", sa.Column("decided_at", sa.DateTime(timezone=True)))
    op.add_column("events", sa.Column("decided_by", sa.Text()))
    op.add_column("events", sa.Column("reason", sa.Text()))
    op.create_index(
        "ix_events_set_aside",
        "events",
        ["siren", "seq"],
        unique=False,
        postgresql_where=sa.text("status = 'set_aside'"),
    )
    op.execute(f"GRANT UPDATE ({DECIDED}) ON events TO parcours_tenant")


def downgrade() -> None:
    """What is set aside is tried again by the version before, which holds back the rest of its enterprise."""
    op.execute("UPDATE events SET status = 'pending', problem = NULL WHERE status = 'set_aside'")
    op.execute(f"REVOKE UPDATE ({DECIDED}) ON events FROM parcours_tenant")
    op.drop_index("ix_events_set_aside", "events")
    for name in ("reason", "decided_by", "decided_at", "set_aside_at"):
        op.drop_column("events", name)
