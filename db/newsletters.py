"""Issues of the newsletter: planned by an organisation, handed out to its open journeys a few at a time (REG-1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, cast, func, select, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from db import events
from db.news import News, inform
from db.refusals import Refused, Unknown
from db.tables import journeys, newsletters
from domain.newsletters import concerns
from domain.state import RUNNING

SOURCE = "parcours/newsletters"
CHUNK = 500
"""Journeys of one transaction. The next ones are told once the events of these are applied: a payment or an incident
never waits behind a whole issue."""

LONGEST_TITLE, LONGEST_BODY = 120, 8000
MOST = 100
"""Issues of one list, the last to leave first."""

_NAF = cast(journeys.c.state, JSONB)["naf"].astext


@dataclass(frozen=True)
class Issue:
    """An issue as it is written: ``body`` in Markdown, ``sectors`` beginnings of NAF codes, none for all."""

    title: str
    body: str
    sectors: list[str]
    leaves_on: date


def check_day(issue: Issue, today: date) -> None:
    """Whether an issue may still leave on its day. Raises :class:`Refused`."""
    if issue.leaves_on < today:
        raise Refused("Choisissez aujourd'hui ou un jour à venir.")


async def plan(connection: AsyncConnection, organisation: str, newsletter: str, issue: Issue, today: date) -> None:
    """Have an issue leave on its day; the same id again plans nothing more. Raises :class:`Refused`."""
    check_day(issue, today)
    values = {"id": newsletter, "organisation": organisation, **asdict(issue)}
    await connection.execute(insert(newsletters).values(values).on_conflict_do_nothing())


async def withdraw(connection: AsyncConnection, organisation: str, newsletter: str) -> None:
    """Have an issue not leave; again it does nothing more. Raises :class:`Unknown`, :class:`Refused`."""
    one = (newsletters.c.id == newsletter) & (newsletters.c.organisation == organisation)
    known = (await connection.execute(select(newsletters).where(one).with_for_update())).one_or_none()
    if known is None:
        raise Unknown(newsletter)
    if known.handed_to:
        raise Refused("Cette lettre est déjà en route : seule une suspension de la règle REG-1 retient ce qui reste.")
    await connection.execute(update(newsletters).where(one).values(withdrawn=True))


async def listed(connection: AsyncConnection, organisation: str) -> Sequence[Row[Any]]:
    """The issues of an organisation, withdrawn ones included."""
    query = select(newsletters).where(newsletters.c.organisation == organisation)
    latest = query.order_by(newsletters.c.leaves_on.desc(), newsletters.c.id).limit(MOST)
    return (await connection.execute(latest)).all()


async def find(connection: AsyncConnection, organisation: str, newsletter: str) -> Row[Any]:
    """One issue. Raises :class:`Unknown`."""
    one = (newsletters.c.id == newsletter) & (newsletters.c.organisation == organisation)
    known = (await connection.execute(select(newsletters).where(one))).one_or_none()
    if known is None:
        raise Unknown(newsletter)
    return known


async def read(connection: AsyncConnection, newsletter: str) -> Row[Any]:
    """The words of an issue, for its readers whoever follows them now."""
    return (await connection.execute(select(newsletters).where(newsletters.c.id == newsletter))).one()


async def count_readers(connection: AsyncConnection, organisation: str, sectors: Sequence[str]) -> int:
    """How many open journeys an issue for these sectors is for now."""
    theirs = (journeys.c.organisation == organisation) & journeys.c.phase.in_(RUNNING)
    query = select(_NAF.label("naf"), func.count().label("many")).where(theirs).group_by("naf")
    return sum(row.many for row in await connection.execute(query) if concerns(sectors, row.naf or ""))


async def hand_out(connection: AsyncConnection, organisation: str, today: date, now: datetime) -> bool:
    """Tell the next journeys of the issue that is due, unless many events wait; whether there was anybody to tell."""
    due = (newsletters.c.organisation == organisation) & (newsletters.c.leaves_on <= today)
    left = due & ~newsletters.c.withdrawn & newsletters.c.handed_out_at.is_(None)
    query = select(newsletters).where(left).order_by(newsletters.c.leaves_on, newsletters.c.id).limit(1)
    issue = (await connection.execute(query.with_for_update(skip_locked=True))).one_or_none()
    if issue is None or len(await events.sirens_pending(connection, CHUNK)) == CHUNK:
        return False
    await _hand_out(connection, issue, now)
    return True


async def _hand_out(connection: AsyncConnection, issue: Row[Any], now: datetime) -> None:
    theirs = (journeys.c.organisation == issue.organisation) & journeys.c.phase.in_(RUNNING)
    query = select(journeys.c.siren, _NAF.label("naf")).where(theirs, journeys.c.siren > issue.handed_to)
    rows = (await connection.execute(query.order_by(journeys.c.siren).limit(CHUNK))).all()
    sirens = [row.siren for row in rows if concerns(issue.sectors, row.naf or "")]
    said = {"newsletter": issue.id, "title": issue.title}
    news = [News(siren, f"{issue.id}/{siren}", "newsletter.published", said) for siren in sirens]
    await inform(connection, SOURCE, news, now)
    so_far = {
        "handed_to": rows[-1].siren if rows else issue.handed_to,
        "readers": newsletters.c.readers + len(sirens),
        "handed_out_at": now if len(rows) < CHUNK else None,
    }
    await connection.execute(update(newsletters).where(newsletters.c.id == issue.id).values(so_far))
