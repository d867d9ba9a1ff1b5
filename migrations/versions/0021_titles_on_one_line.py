"""Titles and places of one line, without the control characters that the API let in; names composed (NFC)."""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

CONTROL = r"[[:cntrl:]\u0080-\u009f]"
LINES = (("newsletters", "title"), ("meetings", "title"), ("meetings", "place"))
NAMES = ("name", "contact_name", "accountant_name")


def upgrade() -> None:
    for table, column in LINES:
        mended = f"btrim(regexp_replace({column}, '{CONTROL}+', ' ', 'g'))"
        op.execute(f"UPDATE {table} SET {column} = {mended} WHERE {column} ~ '{CONTROL}'")  # noqa: S608
    for name in NAMES:
        op.execute(f"UPDATE enterprises SET {name} = normalize({name}, NFC) WHERE {name} IS NOT NFC NORMALIZED")  # noqa: S608


def downgrade() -> None:
    """What was mended stays mended."""
