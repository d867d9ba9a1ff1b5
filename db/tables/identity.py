"""People at the console: sign-ins under way, sessions, and what they opened or decided."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    String,
    Table,
    Text,
)

from db.tables.base import instant, metadata

# Keys are SHA-256 digests: who reads the table cannot take anybody's place.
sign_ins = Table(
    "sign_ins",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("state", String(64), nullable=False),
    Column("nonce", String(64), nullable=False),
    Column("verifier", String(128), nullable=False),
    Column("path", Text, nullable=False),
    instant("expires_at"),
    Index("ix_sign_ins_expires_at", "expires_at"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("subject", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("role", String(12), nullable=False),
    Column("organisation", String(60), nullable=False),
    Column("agent", String(100)),
    Column("id_token", Text),
    Column("claims", Text),
    instant("opened_at"),
    instant("seen_at"),
    instant("expires_at"),
    Index("ix_sessions_expires_at", "expires_at"),
)

accesses = Table(
    "accesses",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=True),
    instant("at", default=True),
    Column("organisation", String(60), nullable=False),
    Column("author", Text, nullable=False),
    Column("role", String(12), nullable=False),
    Column("action", String(120), nullable=False),
    Column("siren", String(9)),
    Column("subject", Text),
    Column("client", Text),
    Column("author_organisation", String(60)),
    Column("outcome", String(20), nullable=False, server_default="done"),
    Column("asked", Text),
    Column("shown", Integer),
    Column("times", Integer, nullable=False, server_default="1"),
    Index("ix_accesses_siren_at", "siren", "at"),
    Index("ix_accesses_organisation_at", "organisation", "at"),
)
