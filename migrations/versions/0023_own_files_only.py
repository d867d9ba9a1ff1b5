"""An organisation writes nothing into the file of an enterprise that another one follows, even by SQL of its role."""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

ROLE = "parcours_tenant"
MINE = "organisation = (SELECT current_setting('parcours.organisation', true))"
FOLLOWED = "EXISTS (SELECT FROM journeys j WHERE j.siren = {table}.siren)"
IN_MINE = "EXISTS (SELECT FROM meetings m WHERE m.id = registrations.meeting)"
ITS_FILE = f"{MINE} AND {FOLLOWED}"

# `accesses` is not among them: an attempt on another's file is a line of the log of who attempted it.
ADDED = {
    "notes": ITS_FILE,
    "events": ITS_FILE,
    "registrations": f"{IN_MINE} AND {FOLLOWED}",
}
CHANGED = {"tasks": ITS_FILE, "waiting": ITS_FILE}
# What stays of a right to change a row that lets nobody say whose it is.
COLUMNS = {
    "bookings": "attended",
    "registrations": "stands, sequence, changed_at",
    "deliveries": "status, attempts, outcome, next_at, attempted_at",
}


def upgrade() -> None:
    for table, rows in ADDED.items():
        check = rows.format(table=table)
        op.execute(f"CREATE POLICY own_file_added ON {table} AS RESTRICTIVE FOR INSERT TO {ROLE} WITH CHECK ({check})")
    for table, rows in CHANGED.items():
        check = rows.format(table=table)
        op.execute(
            f"CREATE POLICY own_file_changed ON {table} AS RESTRICTIVE FOR UPDATE TO {ROLE}"
            f" USING (true) WITH CHECK ({check})"
        )
    for table, columns in COLUMNS.items():
        op.execute(f"REVOKE UPDATE ON {table} FROM {ROLE}")
        op.execute(f"GRANT UPDATE ({columns}) ON {table} TO {ROLE}")


def downgrade() -> None:
    for table, columns in COLUMNS.items():
        op.execute(f"REVOKE UPDATE ({columns}) ON {table} FROM {ROLE}")
        op.execute(f"GRANT UPDATE ON {table} TO {ROLE}")
    for table in ADDED:
        op.execute(f"DROP POLICY own_file_added ON {table}")
    for table in CHANGED:
        op.execute(f"DROP POLICY own_file_changed ON {table}")
