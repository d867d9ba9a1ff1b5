"""Issues of the newsletter for young enterprises."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

ROLE = "parcours_tenant"
MINE = "organisation = (SELECT current_setting('parcours.organisation', true))"


def upgrade() -> None:
    op.create_table(
        "newsletters",
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("organisation", sa.String(length=60), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("sectors", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("leaves_on", sa.Date(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("handed_to", sa.String(length=9), server_default="", nullable=False),
        sa.Column("readers", sa.Integer(), server_default="0", nullable=False),
        sa.Column("handed_out_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_newsletters")),
    )
    op.create_index("ix_newsletters_organisation_leaves_on", "newsletters", ["organisation", "leaves_on"], unique=False)
    op.execute("ALTER TABLE newsletters ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY own_organisation ON newsletters TO {ROLE} USING ({MINE})")
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON newsletters TO {ROLE}")


def downgrade() -> None:
    op.drop_table("newsletters")
