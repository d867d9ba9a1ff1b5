"""Events that come at the same moment share a transaction, and nobody pays for another's fault."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from db.grouping import Grouped
from db.tables import events
from tests.api.examples import SIREN

HEADERS = {"Content-Type": "application/cloudevents+json"}


def paid(id_: str) -> dict[str, Any]:
    data = {"account": "117000001234", "period": "2026-01", "amount": "1.00", "received_on": "2026-02-15"}
    event = {"specversion": "1.0", "id": id_, "source": "/together", "type": "fr.urssaf.payment.received"}
    return {**event, "subject": SIREN, "data": data}


async def sent(client: httpx.AsyncClient, *ids: str) -> list[dict[str, Any]]:
    answers = await asyncio.gather(*(client.post("/v1/events", json=paid(it), headers=HEADERS) for it in ids))
    assert {it.status_code for it in answers} == {202}
    return [it.json() for it in answers]


async def test_requests_of_one_moment_share_few_transactions(system: httpx.AsyncClient, engine: AsyncEngine) -> None:
    await sent(system, *(f"e{number}" for number in range(50)))
    async with engine.connect() as connection:
        stored = await connection.scalar(select(func.count()).where(events.c.source == "/together"))
        moments = await connection.scalar(select(func.count(events.c.received_at.distinct())))
    assert stored == 50
    assert moments in range(1, 25)  # now() is the beginning of a transaction


async def test_the_same_event_by_several_at_once_is_new_to_one_of_them(system: httpx.AsyncClient) -> None:
    answers = await sent(system, *["same"] * 10)
    assert sum(it["accepted"] for it in answers) == 1
    assert sum(it["duplicates"] for it in answers) == 9


class Work:
    """Refuses a group that holds something bad, and says what it was given."""

    def __init__(self, error: Exception) -> None:
        self.error, self.groups, self.began = error, list[list[str]](), asyncio.Event()

    async def __call__(self, group: Sequence[str]) -> Sequence[str]:
        self.groups.append(list(group))
        self.began.set()
        await asyncio.sleep(0)
        if "bad" in group:
            raise self.error
        return [it.upper() for it in group]


async def together(work: Work, *sent: str) -> list[str | BaseException]:
    grouped = Grouped(work)
    return await asyncio.gather(*(grouped.carry_out(it) for it in sent), return_exceptions=True)


async def test_who_fails_fails_alone() -> None:
    refused = ValueError("refused")
    work = Work(refused)
    assert await together(work, "a", "bad", "c") == ["A", refused, "C"]
    assert work.groups == [["a", "bad", "c"], ["a"], ["bad"], ["c"]]


async def test_a_lost_database_fails_everybody_at_once() -> None:
    lost = ConnectionError("lost")
    work = Work(lost)
    assert await together(work, "a", "bad", "c") == [lost, lost, lost]
    assert len(work.groups) == 1


async def test_what_comes_meanwhile_is_carried_out_next() -> None:
    work = Work(ValueError())
    grouped = Grouped(work)
    first = asyncio.create_task(grouped.carry_out("a"))
    await work.began.wait()
    others = asyncio.gather(grouped.carry_out("b"), grouped.carry_out("c"))
    assert [await first, *await others] == ["A", "B", "C"]
    assert work.groups == [["a"], ["b", "c"]]


async def test_a_sender_who_hangs_up_takes_nothing_from_the_others() -> None:
    grouped = Grouped(Work(ValueError()))
    gone, stays = (asyncio.create_task(grouped.carry_out(it)) for it in "ab")
    await asyncio.sleep(0)
    gone.cancel()
    assert await stays == "B"
    with pytest.raises(asyncio.CancelledError):
        await gone
