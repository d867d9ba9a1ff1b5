"""Sessions and sign-ins of the console, known by the digest of what the browser holds."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from db.tables import sessions, sign_ins

IDLE = timedelta(hours=1)
LIFETIME = timedelta(hours=10)
SIGN_IN = timedelta(minutes=10)
NOTICED_EVERY = timedelta(minutes=1)
_ALIVE = (sessions.c.expires_at > func.now()) & (sessions.c.seen_at > func.now() - IDLE)


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
    """Write a session; ``identity`` gives subject, name, role, organisation, agent, id_token and claims."""
    times = {"opened_at": func.now(), "seen_at": func.now(), "expires_at": func.now() + LIFETIME}
    await connection.execute(insert(sessions).values(key=key_of(token), **identity, **times))


async def find(connection: AsyncConnection, token: str) -> Row[Any] | None:
    """The session of a token, none once idle or too old; being asked for is what keeps it from idling."""
    known = sessions.c.key == key_of(token)
    row: Row[Any] | None = (await connection.execute(select(sessions).where(known, _ALIVE))).one_or_none()
    if row:
        stale = sessions.c.seen_at < func.now() - NOTICED_EVERY
        await connection.execute(update(sessions).where(known, stale).values(seen_at=func.now()))
    return row


async def revoke(connection: AsyncConnection, token: str) -> Row[Any] | None:
    """End a session; what it was, if it was."""
    ended = delete(sessions).where(sessions.c.key == key_of(token)).returning(sessions)
    row: Row[Any] | None = (await connection.execute(ended)).one_or_none()
    return row


async def of_organisation(connection: AsyncConnection, organisation: str) -> Sequence[Row[Any]]:
    """Who is signed in: subject, name, role, agent, how many sessions, since when, last seen; by name."""
    who = (sessions.c.subject, sessions.c.role, sessions.c.agent)
    query = select(
        *who,
        func.max(sessions.c.name).label("name"),
        func.count().label("number"),
        func.min(sessions.c.opened_at).label("opened_at"),
        func.max(sessions.c.seen_at).label("seen_at"),
    ).where(sessions.c.organisation == organisation, _ALIVE)
    return (await connection.execute(query.group_by(*who).order_by("name", sessions.c.subject))).all()


async def end_all(connection: AsyncConnection, organisation: str | None, person: str | None) -> Sequence[Row[str, str]]:
    """End the sessions of a person, by subject or agent, of an organisation, or of all; subject and organisation."""
    ended = delete(sessions).returning(sessions.c.subject, sessions.c.organisation)
    ended = ended if organisation is None else ended.where(sessions.c.organisation == organisation)
    ended = ended if person is None else ended.where(or_(sessions.c.subject == person, sessions.c.agent == person))
    return (await connection.execute(ended)).all()


async def begin_sign_in(connection: AsyncConnection, token: str, sign_in: SignIn) -> None:
    """Remember a sign-in; a browser may have begun several, one in each tab."""
    values = {**vars(sign_in), "state": key_of(sign_in.state), "expires_at": func.now() + SIGN_IN}
    await connection.execute(insert(sign_ins).values(key=_sign_in_key(token, sign_in.state), **values))


async def take_sign_in(connection: AsyncConnection, token: str, state: str) -> SignIn | None:
    """The sign-in that this browser began under this state, once: the same callback again finds nothing."""
    one = (sign_ins.c.key == _sign_in_key(token, state)) & (sign_ins.c.expires_at > func.now())
    row = (await connection.execute(delete(sign_ins).where(one).returning(sign_ins))).one_or_none()
    return SignIn(state, row.nonce, row.verifier, row.path) if row else None


def _sign_in_key(token: str, state: str) -> str:
    return key_of(f"{token}/{state}")


async def forget_ended(connection: AsyncConnection) -> int:
    """Delete sessions and sign-ins that can serve no more; return how many."""
    idle = or_(sessions.c.expires_at < func.now(), sessions.c.seen_at < func.now() - IDLE)
    ended = await connection.execute(delete(sessions).where(idle))
    left = await connection.execute(delete(sign_ins).where(sign_ins.c.expires_at < func.now()))
    return ended.rowcount + left.rowcount
