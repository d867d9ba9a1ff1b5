"""The trail: what came of an attempt, what was asked, how much was shown, by which client; refusals of nobody known.

Lines without organisation are attempts that named nothing of anybody's: every organisation may read them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("accesses", sa.Column("client", sa.Text()))
    op.add_column("accesses", sa.Column("author_organisation", sa.String(60)))
    op.add_column("accesses", sa.Column("outcome", sa.String(20), nullable=False, server_default="done"))
    op.add_column("accesses", sa.Column("asked", sa.Text()))
    op.add_column("accesses", sa.Column("shown", sa.Integer()))
    op.add_column("accesses", sa.Column("times", sa.Integer(), nullable=False, server_default="1"))
    op.execute("CREATE POLICY of_nobody ON accesses FOR SELECT TO parcours_tenant USING (organisation = '')")


def downgrade() -> None:
    op.execute("DROP POLICY of_nobody ON accesses")
    for name in ("times", "shown", "asked", "outcome", "author_organisation", "client"):
        op.drop_column("accesses", name)
