"""An enterprise that two organisations say is theirs: each supervisor has a task, and a transfer wants both (ENR-7).

Whoever follows it may give it up alone, by an administrator; whoever claims it takes nothing alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import Row, cast, select, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from db import worklist
from db.events import NewEvent, lock, store
from db.records import Entry, NewTask, write
from db.refusals import Refused
from db.tables import journeys, tasks
from db.tenancy import across_organisations
from domain.authority import FOREIGN_ACCOUNT
from domain.effects import Queue

SOURCE = "parcours/transfers"
RULE = "ENR-7"
TRANSFER, KEEP = "transfer", "keep"
OUTCOMES = {TRANSFER: "Transférer le parcours", KEEP: "Laisser le parcours où il est"}
GUIDANCE = (
    "Vérifier ensemble quel organisme gère le compte de l'entreprise",
    "« Transférer » déplace le parcours une fois que les deux encadrements l'ont dit, ou qu'un administrateur de"
    " l'organisme qui le suit en décide",
    "« Laisser » ne change rien ; l'événement reste gardé",
)


@dataclass(frozen=True)
class Claim:
    """An account opened at ``claimant`` for an enterprise that ``holder`` follows; names are for people.

    ``followed`` is false when the account of the holder started no journey.
    """

    siren: str
    holder: str
    claimant: str
    names: Mapping[str, str]
    event_id: str
    followed: bool = True

    def key(self, side: str) -> str:
        """The key of the task of one side."""
        return f"{RULE}:{self.holder}:{self.claimant}:{side}"

    def summary(self, side: str) -> str:
        """What one side is told."""
        other = self.names[self.claimant if side == self.holder else self.holder]
        if side == self.holder:
            return f"{other} a aussi ouvert un compte à cette entreprise : dire à quel organisme revient le parcours"
        if not self.followed:
            return f"Cette entreprise a déjà un compte à {other}, sans parcours : dire quel organisme le tient"
        return f"Cette entreprise est déjà suivie par {other} : dire à quel organisme revient le parcours"


async def open_claim(connection: AsyncConnection, claim: Claim, now: datetime, due_at: datetime) -> None:
    """Say it on the file, and give each supervisor one task however often the account is announced."""
    said = f"Compte ouvert aussi à {claim.names[claim.claimant]} : gardé, les deux encadrements sont prévenus"
    await write(connection, [Entry(claim.siren, now, "event", RULE, said, claim.event_id)])
    rows = [vars(_task(claim, side, now, due_at)) for side in (claim.holder, claim.claimant)]
    await connection.execute(insert(tasks).on_conflict_do_nothing(), rows)


def _task(claim: Claim, side: str, now: datetime, due_at: datetime) -> NewTask:
    return NewTask(
        id=uuid5(NAMESPACE_URL, f"task|{claim.siren}|{claim.key(side)}"),
        siren=claim.siren,
        organisation=side,
        key=claim.key(side),
        kind=FOREIGN_ACCOUNT,
        rule=RULE,
        queue=Queue.SUPERVISOR,
        assignee=None,
        status="open",
        due_at=due_at,
        opened_at=now,
        summary=claim.summary(side),
        guidance=list(GUIDANCE),
    )


async def end_task(
    connection: AsyncConnection,
    task: Row[Any],
    *,
    outcome: str,
    note: str | None,
    by: str,
    role: str,
    at: datetime,
    again_by: datetime | None = None,
) -> Row[Any]:
    """End a task; that of a claim says what is to become of the journey. Raises Refused for another answer."""
    if task.kind != FOREIGN_ACCOUNT:
        return await worklist.finish(connection, task.id, outcome=outcome, note=note, by=by, at=at, again_by=again_by)
    if outcome not in OUTCOMES:
        raise Refused(f"The outcome of this task is `{TRANSFER}` or `{KEEP}` ({RULE}).")
    # Of who claims an enterprise the task is about another's file: row-level security lets nobody write about one.
    async with across_organisations(connection):
        row = await worklist.close(connection, task.id, outcome=outcome, note=note, by=by, at=at)
        await _decide(connection, row, alone=role == "admin", at=at)
    return row


async def _decide(connection: AsyncConnection, row: Row[Any], *, alone: bool, at: datetime) -> None:
    _, holder, claimant, side = row.key.split(":")
    keys = [f"{RULE}:{holder}:{claimant}:{it}" for it in (holder, claimant)]
    pair = (tasks.c.siren == row.siren) & tasks.c.key.in_(keys)
    # Of two supervisors who agree at once the second waits here, and sees what the first said.
    await lock(connection, row.siren)
    both = (await connection.execute(select(tasks).where(pair))).all()
    agreed = all(it.outcome == TRANSFER for it in both)
    if row.outcome != TRANSFER or not (agreed or (alone and side == holder)):
        return
    waiting = update(tasks).where(pair, tasks.c.status == "open")
    await connection.execute(waiting.values(status="cancelled", note="le transfert est décidé", done_at=at))
    await _transfer(connection, row, holder, claimant, at)


async def _transfer(connection: AsyncConnection, row: Row[Any], holder: str, claimant: str, at: datetime) -> None:
    """Tell the journey, on its own clock and in the name of who follows it, unless it left meanwhile."""
    account = cast(journeys.c.state, JSONB)["account"].astext
    theirs = (journeys.c.siren == row.siren) & (journeys.c.organisation == holder)
    known = await connection.scalar(select(account).where(theirs))
    if known is None:
        return
    said = {"account": known, "to_organisation": claimant, "on": at.date().isoformat()}
    told = NewEvent(SOURCE, str(row.id), "account.transferred", row.siren, holder, at, said)
    await store(connection, [told])
