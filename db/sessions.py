"""Sessions and sign-ins of the console, known by the digest of what the browser holds."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, delete, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

from db.tables import sessions, sign_ins

IDLE = timedelta(hours=1)
LIFETIME = timedelta(hours=10)
SIGN_IN = timedelta(minutes=10)
NOTICED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class SignIn:
    """A sign-in under way at the provider, and the page that was asked for."""

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    path: str


def key_of(token: str) -> str:
    """What is stored of a browser's token."""
    return hashlib.sha256(token.encode()).hexdigest()


async def open_session(connection: AsyncConnection, token: str, **identity: str | None) -> None:
    """Write a session; ``identity`` gives subject, name, role, organisation, agent and id_token."""
    times = {"opened_at": func.now(), "seen_at": func.now(), "expires_at": func.now() + LIFETIME}
    await connection.execute(insert(sessions).values(key=key_of(token), **identity, **times))


async def find(connection: AsyncConnection, token: str) -> Row[Any] | None:
    """The session of a token, none once idle or too old; being asked for is what keeps it from idling."""
    known = sessions.c.key == key_of(token)
    alive = known & (sessions.c.expires_at > func.now()) & (sessions.c.seen_at > func.now() - IDLE)
    row: Row[Any] | None = (await connection.execute(select(sessions).where(alive))).one_or_none()
    if row:
        stale = sessions.c.seen_at < func.now() - NOTICED_EVERY
        await connection.execute(update(sessions).where(known, stale).values(seen_at=func.now()))
    return row


async def revoke(connection: AsyncConnection, token: str) -> Row[Any] | None:
    """End a session; what it was, if it was."""
    ended = delete(sessions).where(sessions.c.key == key_of(token)).returning(sessions)
    row: Row[Any] | None = (await connection.execute(ended)).one_or_none()
    return row


async def begin_sign_in(connection: AsyncConnection, token: str, sign_in: SignIn) -> None:
    """Remember a sign-in; the browser's newest one counts."""
    values = {**vars(sign_in), "expires_at": func.now() + SIGN_IN}
    new = postgresql.insert(sign_ins).values(key=key_of(token), **values)
    await connection.execute(new.on_conflict_do_update(index_elements=["key"], set_=values))


async def take_sign_in(connection: AsyncConnection, token: str, state: str) -> SignIn | None:
    """The sign-in that this browser began under this state, once: the same callback again finds nothing."""
    one = (sign_ins.c.key == key_of(token)) & (sign_ins.c.state == state) & (sign_ins.c.expires_at > func.now())
    row = (await connection.execute(delete(sign_ins).where(one).returning(sign_ins))).one_or_none()
    return SignIn(row.state, row.nonce, row.verifier, row.path) if row else None


async def forget_ended(connection: AsyncConnection) -> int:
    """Delete sessions and sign-ins that can serve no more; return how many."""
    idle = or_(sessions.c.expires_at < func.now(), sessions.c.seen_at < func.now() - IDLE)
    ended = await connection.execute(delete(sessions).where(idle))
    left = await connection.execute(delete(sign_ins).where(sign_ins.c.expires_at < func.now()))
    return ended.rowcount + left.rowcount
