"""The role by which Parcours works: it reads and writes rows, and can neither change the schema nor its own rights."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata
from base64 import b64encode

from sqlalchemy import URL, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from db.migrate import LOCK
from db.tenancy import TENANT

SCRAM_ROUNDS = 4096
"""What PostgreSQL itself takes (`scram_iterations`)."""

_NOT_ALLOWED = "42501"

# Over all organisations, as the owner does: relay, deliveries, providers' receipts speak for none of them. Under the
# role of an organisation only the policies of that role count. What a later migration adds is opened by the next call.
# A login that was opened before stays so: processes of a moment ago would else find empty tables.
_OPEN = """
DO $$
DECLARE
  of record;
  opened name[];
BEGIN
  EXECUTE format('GRANT USAGE ON SCHEMA %I TO {role}', current_schema());
  EXECUTE format('GRANT USAGE ON ALL SEQUENCES IN SCHEMA %I TO {role}', current_schema());
  -- Taken for a transaction, never inherited: the policies of an organisation would hold the login back too.
  IF pg_has_role({name}, '{tenant}', 'USAGE') OR NOT pg_has_role({name}, '{tenant}', 'MEMBER') THEN
    BEGIN
      IF current_setting('server_version_num')::integer >= 160000 THEN
        EXECUTE 'GRANT {tenant} TO {role} WITH INHERIT FALSE';
      ELSE
        ALTER ROLE {role} NOINHERIT;
        GRANT {tenant} TO {role};
      END IF;
    EXCEPTION WHEN insufficient_privilege THEN
      IF NOT pg_has_role({name}, '{tenant}', 'MEMBER') THEN
        RAISE;
      END IF; -- that it is still inherited is said by who called
    END;
  END IF;
  FOR of IN SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema() LOOP
    IF of.name = 'alembic_version' THEN
      EXECUTE format('GRANT SELECT ON %I TO {role}', of.name);
      CONTINUE;
    END IF;
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO {role}', of.name);
    SELECT roles INTO opened FROM pg_policies
      WHERE schemaname = current_schema() AND tablename = of.name AND policyname = 'application';
    IF opened IS NULL THEN
      EXECUTE format('CREATE POLICY application ON %I TO {role} USING (true) WITH CHECK (true)', of.name);
    ELSIF NOT {name} = ANY(opened) THEN
      EXECUTE format('ALTER POLICY application ON %I TO %s', of.name,
                     (SELECT string_agg(quote_ident(one), ', ') FROM unnest(opened || {name}::name) one));
    END IF;
  END LOOP;
END $$
"""

# PUBLIC is everybody who may connect; a schema that PostgreSQL 14 made lets it create tables.
_CLOSE_TO_PUBLIC = """
DO $$
BEGIN
  IF (SELECT pg_has_role(datdba, 'USAGE') FROM pg_database WHERE datname = current_database()) THEN
    EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
  END IF;
  IF (SELECT pg_has_role(nspowner, 'USAGE') FROM pg_namespace WHERE nspname = current_schema()) THEN
    EXECUTE format('REVOKE CREATE ON SCHEMA %I FROM PUBLIC', current_schema());
  END IF;
END $$
"""

_RIGHTS = """
SELECT rolsuper AS "is superuser", rolcreaterole AS "may create roles", rolcreatedb AS "may create databases",
       rolreplication AS "may copy the server", rolbypassrls AS "is held back by no policy",
       has_schema_privilege(oid, current_schema(), 'CREATE') AS "may create tables",
       EXISTS (SELECT FROM pg_tables WHERE schemaname = current_schema() AND pg_has_role(oid, tableowner, 'MEMBER'))
         AS "owns the tables"
FROM pg_roles WHERE rolname = coalesce(:name, session_user)
"""

_MAY_ALTER = """
SELECT rolsuper OR rolcreaterole AND (current_setting('server_version_num')::integer < 160000
       OR pg_has_role(rolname, :name, 'MEMBER WITH ADMIN OPTION'))
FROM pg_roles WHERE rolname = current_user
"""


class NotOpened(Exception):
    """The owner may not do it, or the login may do too much; the message is what an administrator runs."""


async def open_to_application(owner_url: str, application_url: str) -> None:
    """Let the login of ``application_url`` work on the tables of the owner, and do nothing else there.

    It is created where the owner may, and gets the password of its URL. Does nothing when both are one login. Raises
    NotOpened.
    """
    owner, login = make_url(owner_url), make_url(application_url)
    if owner.username == login.username or not login.username:
        return
    engine = create_async_engine(owner_url, poolclass=NullPool, hide_parameters=True)
    role = engine.dialect.identifier_preparer.quote_identifier(login.username)
    try:
        async with engine.begin() as connection:
            await _open(connection, role, login)
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != _NOT_ALLOWED:
            raise
        remedy = f"CREATE ROLE {role} LOGIN NOINHERIT PASSWORD '…'; GRANT {TENANT} TO {role};"
        raise NotOpened(f"{owner.username} may not: have an administrator run: {remedy}") from None
    finally:
        await engine.dispose()


async def rights_beyond_rows(connection: AsyncConnection, login: str | None = None) -> list[str]:
    """What a login may do besides reading and writing rows, in words; unsaid, that of the connection."""
    found = (await connection.execute(text(_RIGHTS), {"name": login})).mappings().one()
    held = [right for right, has in found.items() if has]
    return held[:1] if "is superuser" in held else held


async def _open(connection: AsyncConnection, role: str, login: URL) -> None:
    await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    await connection.exec_driver_sql(_CLOSE_TO_PUBLIC)
    await _let_log_in(connection, role, login)
    if beyond := await rights_beyond_rows(connection, login.username):
        raise NotOpened(
            f"{login.username} {', '.join(beyond)}: name another login in PARCOURS_DATABASE_URL, which this command "
            "creates, or have an administrator take these rights from it"
        )
    name = await connection.scalar(text("SELECT quote_literal(:name)"), {"name": login.username})
    await connection.exec_driver_sql(_OPEN.format(role=role, name=name, tenant=TENANT))
    if await connection.scalar(text("SELECT pg_has_role(:name, :tenant, 'USAGE')"), _member(login)):
        again = f"ALTER ROLE {role} NOINHERIT; REVOKE {TENANT} FROM {role}; GRANT {TENANT} TO {role};"
        raise NotOpened(
            f"{login.username} inherits {TENANT}, whose policies hold it back: have an administrator run: {again}"
        )


def _member(login: URL) -> dict[str, str | None]:
    return {"name": login.username, "tenant": TENANT}


async def _let_log_in(connection: AsyncConnection, role: str, login: URL) -> None:
    """Create the login, or give it the password of its URL; where the owner may not, it is an administrator's."""
    name = {"name": login.username}
    told = f"LOGIN PASSWORD '{_verifier(login.password)}'" if login.password else "LOGIN"
    if await connection.scalar(text("SELECT true FROM pg_roles WHERE rolname = :name"), name) is None:
        await connection.exec_driver_sql(f"CREATE ROLE {role} NOINHERIT {told}")
    elif await connection.scalar(text(_MAY_ALTER), name):
        await connection.exec_driver_sql(f"ALTER ROLE {role} {told}")


def _verifier(password: str) -> str:
    """What PostgreSQL stores of a password (RFC 5803): the server's log of statements never shows the password."""
    salt = secrets.token_bytes(16)
    known = unicodedata.normalize("NFKC", password).encode()
    salted = hashlib.pbkdf2_hmac("sha256", known, salt, SCRAM_ROUNDS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    return f"SCRAM-SHA-256${SCRAM_ROUNDS}:{_text(salt)}${_text(stored)}:{_text(server)}"


def _text(digest: bytes) -> str:
    return b64encode(digest).decode()
