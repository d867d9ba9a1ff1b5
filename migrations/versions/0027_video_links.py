"""Where an agent is met by video (APT-6)."""

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE agents ADD COLUMN video_link text")


def downgrade() -> None:
    op.drop_column("agents", "video_link")
