"""Collective meetings and trainings, and who has a place in them."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

ROLE = "parcours_tenant"
MINE = "organisation = (SELECT current_setting('parcours.organisation', true))"
IN_MINE = "EXISTS (SELECT FROM meetings m WHERE m.id = registrations.meeting)"
FOLLOWED = "EXISTS (SELECT FROM journeys j WHERE j.siren = registrations.siren)"
TABLES = {"meetings": MINE, "registrations": f"{IN_MINE} OR {FOLLOWED}"}


def upgrade() -> None:
    op.create_table(
        "meetings",
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("organisation", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("cancelled", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meetings")),
    )
    op.create_index("ix_meetings_organisation_starts_at", "meetings", ["organisation", "starts_at"], unique=False)
    op.create_table(
        "registrations",
        sa.Column("meeting", sa.String(length=60), nullable=False),
        sa.Column("siren", sa.String(length=9), nullable=False),
        sa.Column("stands", sa.Boolean(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["meeting"], ["meetings.id"], name=op.f("fk_registrations_meeting")),
        sa.PrimaryKeyConstraint("meeting", "siren", name=op.f("pk_registrations")),
    )
    op.create_index("ix_registrations_siren", "registrations", ["siren"], unique=False)
    for table, rows in TABLES.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY own_organisation ON {table} TO {ROLE} USING ({rows})")
        op.execute(f"GRANT SELECT, INSERT, UPDATE ON {table} TO {ROLE}")


def downgrade() -> None:
    op.drop_table("registrations")
    op.drop_table("meetings")
