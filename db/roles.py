"""The role by which Parcours works: it reads and writes rows, and can neither change the schema nor its own rights."""

from __future__ import annotations

from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from db.tenancy import TENANT

# Over all organisations, as the owner does: relay, deliveries, providers' receipts speak for none of them. Under the
# role of an organisation only the policies of that role count. What a later migration adds is opened by the next call.
_OPEN = """
DO $$
DECLARE
  of record;
BEGIN
  EXECUTE format('GRANT USAGE ON SCHEMA %I TO {role}', current_schema());
  EXECUTE format('GRANT USAGE ON ALL SEQUENCES IN SCHEMA %I TO {role}', current_schema());
  -- Taken for a transaction, never inherited: the policies of an organisation would hold the login back too.
  IF current_setting('server_version_num')::integer >= 160000 THEN
    EXECUTE 'GRANT {tenant} TO {role} WITH INHERIT FALSE';
  ELSE
    ALTER ROLE {role} NOINHERIT;
    GRANT {tenant} TO {role};
  END IF;
  FOR of IN SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema() LOOP
    IF of.name = 'alembic_version' THEN
      EXECUTE format('GRANT SELECT ON %I TO {role}', of.name);
      CONTINUE;
    END IF;
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO {role}', of.name);
    IF NOT EXISTS (SELECT FROM pg_policies WHERE schemaname = current_schema() AND tablename = of.name
                   AND policyname = 'application' AND '{name}' = ANY(roles)) THEN
      EXECUTE format('DROP POLICY IF EXISTS application ON %I', of.name);
      EXECUTE format('CREATE POLICY application ON %I TO {role} USING (true) WITH CHECK (true)', of.name);
    END IF;
  END LOOP;
END $$
"""


class NotOpened(Exception):
    """The owner may not do it; the message is what an administrator runs."""


async def open_to_application(owner_url: str, application_url: str) -> None:
    """Let the login of ``application_url`` work on the tables of the owner, creating it where the owner may.

    Does nothing when both are one login. Raises NotOpened.
    """
    owner, login = make_url(owner_url), make_url(application_url)
    if owner.username == login.username or not login.username:
        return
    engine = create_async_engine(owner_url, poolclass=NullPool, hide_parameters=True)
    role = engine.dialect.identifier_preparer.quote_identifier(login.username)
    try:
        async with engine.begin() as connection:
            known = text("SELECT rolcanlogin FROM pg_roles WHERE rolname = :name")
            if await connection.scalar(known, {"name": login.username}) is None:
                password = await connection.scalar(text("SELECT quote_literal(:said)"), {"said": login.password or ""})
                await connection.exec_driver_sql(f"CREATE ROLE {role} LOGIN PASSWORD {password}")
            await connection.exec_driver_sql(_OPEN.format(role=role, tenant=TENANT, name=login.username))
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != "42501":
            raise
        remedy = f"CREATE ROLE {role} LOGIN PASSWORD '…'; GRANT {TENANT} TO {role};"
        raise NotOpened(f"{owner.username} may not: have an administrator run: {remedy}") from None
    finally:
        await engine.dispose()
