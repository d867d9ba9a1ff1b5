"""How often the contact and the accountant of an enterprise changed: links die with the person (COM-10)."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

EPOCHS = ("contact_epoch", "accountant_epoch")


def upgrade() -> None:
    for name in EPOCHS:
        op.add_column("enterprises", sa.Column(name, sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    for name in EPOCHS:
        op.drop_column("enterprises", name)
