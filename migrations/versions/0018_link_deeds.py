"""What was done by signed links in the last hour (COM-7)."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "link_deeds",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("siren", sa.String(length=9), nullable=False),
        sa.Column("link", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_deeds")),
    )
    op.create_index("ix_link_deeds_siren_at", "link_deeds", ["siren", "at"], unique=False)
    op.execute("ALTER TABLE link_deeds ENABLE ROW LEVEL SECURITY")


def downgrade() -> None:
    op.drop_table("link_deeds")
