"""Mediations under way wait for a mediator."""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("UPDATE tasks SET queue = 'mediator' WHERE kind = 'mediation' AND status <> 'done'")


def downgrade() -> None:
    op.execute("UPDATE tasks SET queue = 'supervisor' WHERE queue = 'mediator'")
