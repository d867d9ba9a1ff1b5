"""Names as they are looked for, whatever is typed; those stored, and their telephone numbers, in one spelling."""

import unicodedata
from typing import Any

import sqlalchemy as sa
from alembic import op

from domain.folding import folded
from domain.phones import international

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

TOGETHER = 5_000
enterprises = sa.table(
    "enterprises", *(sa.column(it) for it in ("siren", "name", "folded_name", "phone", "accountant_phone"))
)


def upgrade() -> None:
    op.add_column("enterprises", sa.Column("folded_name", sa.Text(), server_default="", nullable=False))
    op.create_index("ix_enterprises_email", "enterprises", [sa.text("lower(email)")])
    fill(op.get_bind())


def fill(connection: sa.Connection) -> None:
    last = ""
    one = {name: sa.bindparam(f"new_{name}") for name in ("name", "folded_name", "phone", "accountant_phone")}
    write = sa.update(enterprises).where(enterprises.c.siren == sa.bindparam("one")).values(one)
    while rows := connection.execute(
        sa.select(enterprises).where(enterprises.c.siren > last).order_by(enterprises.c.siren).limit(TOGETHER)
    ).all():
        connection.execute(write, [values(row) for row in rows])
        last = rows[-1].siren


def values(row: Any) -> dict[str, Any]:
    name = unicodedata.normalize("NFC", row.name)
    return {
        "one": row.siren,
        "new_name": name,
        "new_folded_name": folded(name),
        "new_phone": spelt(row.phone),
        "new_accountant_phone": spelt(row.accountant_phone),
    }


def spelt(phone: str | None) -> str | None:
    try:
        return phone and international(phone)
    except ValueError:
        return phone


def downgrade() -> None:
    op.drop_index("ix_enterprises_email", "enterprises")
    op.drop_column("enterprises", "folded_name")
