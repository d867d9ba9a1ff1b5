"""The HTML of mails that no provider carries, to be looked at in development as they would have left."""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE messages ADD COLUMN html text")


def downgrade() -> None:
    op.drop_column("messages", "html")
