"""Each table is closed to the role of an organisation's readers and writers, save for what belongs to it.

The role is ``parcours_tenant``, which the login role takes for a transaction. Tables stay open to their owner:
ENABLE without FORCE, because ``pg_dump`` by an owner who is no superuser refuses a table under FORCE.
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ROLE = "parcours_tenant"
ORGANISATION = "(SELECT current_setting('parcours.organisation', true))"
MINE = f"organisation = {ORGANISATION}"
FOLLOWED = "EXISTS (SELECT FROM journeys j WHERE j.siren = {table}.siren)"
FILE = f"{MINE} OR {FOLLOWED}"
READ, WRITE = "SELECT", "SELECT, INSERT, UPDATE, DELETE"

# A subquery of a policy is itself under the policies of the tables it reads.
TABLES = {
    "journeys": (MINE, READ),
    "agents": (MINE, "SELECT, INSERT, UPDATE"),
    "slots": (MINE, WRITE),
    "subscriptions": (MINE, WRITE),
    "outgoing": (MINE, READ),
    "waiting": (MINE, "SELECT, UPDATE, DELETE"),
    "accesses": (MINE, "SELECT, INSERT"),
    "events": (MINE, "SELECT, INSERT"),
    "tasks": (FILE, "SELECT, UPDATE"),
    "notes": (FILE, "SELECT, INSERT"),
    "messages": (FILE, READ),
    "cases": (FILE, READ),
    "commitments": (FILE, READ),
    "enterprises": (FOLLOWED, READ),
    "timeline": (FOLLOWED, READ),
    "surveys": (FOLLOWED, READ),
    "bookings": (f"EXISTS (SELECT FROM slots s WHERE s.id = {{table}}.slot) OR {FOLLOWED}", "SELECT, UPDATE"),
    "receipts": ("EXISTS (SELECT FROM messages m WHERE m.id = {table}.message_id)", READ),
    "deliveries": ("EXISTS (SELECT FROM subscriptions s WHERE s.id = {table}.subscription)", "SELECT, UPDATE"),
    "policies": ("true", READ),
}
CLOSED = ("idempotency", "sessions", "sign_ins")
SEQUENCES = ("events_seq_seq", "accesses_id_seq")

MAKE_ROLE = f"""
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{ROLE}') THEN
    CREATE ROLE {ROLE} NOLOGIN;
    GRANT {ROLE} TO CURRENT_USER;
  ELSIF NOT pg_has_role(current_user, '{ROLE}', 'MEMBER') THEN
    GRANT {ROLE} TO CURRENT_USER;
  END IF;
EXCEPTION
  WHEN duplicate_object OR unique_violation THEN
    NULL; -- another database of this server was migrated at the same moment
  WHEN insufficient_privilege THEN
    RAISE EXCEPTION 'the role {ROLE} is missing and % may not create it', current_user
      USING HINT = format('Have an administrator run: CREATE ROLE {ROLE} NOLOGIN; GRANT {ROLE} TO %I;', current_user);
END $$
"""


def upgrade() -> None:
    op.execute(MAKE_ROLE)
    op.execute(f"DO $$ BEGIN EXECUTE format('GRANT USAGE ON SCHEMA %I TO {ROLE}', current_schema()); END $$")
    for table, (rows, rights) in TABLES.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY own_organisation ON {table} TO {ROLE} USING ({rows.format(table=table)})")
        op.execute(f"GRANT {rights} ON {table} TO {ROLE}")
    for table in CLOSED:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    for sequence in SEQUENCES:
        op.execute(f"GRANT USAGE ON SEQUENCE {sequence} TO {ROLE}")


def downgrade() -> None:
    """The role stays: other databases of the server may use it."""
    for sequence in SEQUENCES:
        op.execute(f"REVOKE ALL ON SEQUENCE {sequence} FROM {ROLE}")
    for table in TABLES:
        op.execute(f"REVOKE ALL ON {table} FROM {ROLE}")
        op.execute(f"DROP POLICY own_organisation ON {table}")
    for table in (*TABLES, *CLOSED):
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
