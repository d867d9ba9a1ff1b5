"""Rules whose messages an administrator stopped."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

ROLE = "parcours_tenant"
MINE = "organisation = (SELECT current_setting('parcours.organisation', true))"


def upgrade() -> None:
    op.create_table(
        "stops",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.String(length=60), nullable=False),
        sa.Column("rule", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stops")),
    )
    op.create_index("ix_stops_organisation_until", "stops", ["organisation", "until"])
    op.execute("ALTER TABLE stops ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY own_organisation ON stops TO {ROLE} USING ({MINE})")
    op.execute(f"GRANT SELECT, INSERT, UPDATE (lifted_at, lifted_by) ON stops TO {ROLE}")


def downgrade() -> None:
    op.drop_table("stops")
