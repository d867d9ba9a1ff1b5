"""Enterprises by the address of their accountant."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_enterprises_accountant", "enterprises", [sa.text("lower(accountant_email)")], unique=False)


def downgrade() -> None:
    op.drop_index("ix_enterprises_accountant", "enterprises")
