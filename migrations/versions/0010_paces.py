"""When the next letter may leave, for all workers together."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "paces",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("free_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_paces")),
        prefixes=["UNLOGGED"],
    )
    op.execute("ALTER TABLE paces ENABLE ROW LEVEL SECURITY")


def downgrade() -> None:
    op.drop_table("paces")
