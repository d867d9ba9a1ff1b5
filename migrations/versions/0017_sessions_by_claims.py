"""What gave a person rights stays with the session, to be asked again at each request."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sessions", sa.Column("claims", sa.Text()))


def downgrade() -> None:
    op.drop_column("sessions", "claims")
