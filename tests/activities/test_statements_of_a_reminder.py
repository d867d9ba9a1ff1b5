"""What a reminder by SMS and mail asks of PostgreSQL: each exchange is paid for by every enterprise, every month."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import event

from db.engine import make_engine
from tests.fakes.sendgrid import FakeSendGrid
from tests.fakes.twilio import FakeTwilio
from tests.faults.desk import Desk
from tests.faults.site import rulebook_of, site_of
from tests.journeys.town import PARIS

BEFORE = datetime(2040, 5, 10, 12, tzinfo=PARIS)


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    """A desk the day before a reminder."""
    engine = make_engine(database_url, pool_size=5)
    async with FakeTwilio() as twilio, FakeSendGrid() as sendgrid:
        site = site_of(database_url, "", twilio, sendgrid)
        opened = Desk(engine, await rulebook_of(engine), site, twilio, sendgrid)
        await opened.open()
        await opened.owe()
        await opened.reach(BEFORE)
        yield opened
    await engine.dispose()


@contextmanager
def heard(desk: Desk) -> Iterator[list[str]]:
    """Statements and ends of transactions that reach the server meanwhile."""
    said: list[str] = []

    def statement(_connection: Any, _cursor: Any, text: str, *_: Any) -> None:
        said.append(text)

    def committed(_: Any) -> None:
        said.append("COMMIT")

    engine = desk.engine.sync_engine
    event.listen(engine, "before_cursor_execute", statement)
    event.listen(engine, "commit", committed)
    yield said
    event.remove(engine, "before_cursor_execute", statement)
    event.remove(engine, "commit", committed)


def last_step(said: Sequence[str]) -> Sequence[str]:
    """From the lock of the journey to the commit."""
    began = max(rank for rank, text in enumerate(said) if "FROM journeys" in text and text.endswith("FOR UPDATE"))
    return said[began : said.index("COMMIT", began) + 1]


def counted(said: Sequence[str]) -> tuple[int, int]:
    """Statements, transactions."""
    commits = said.count("COMMIT")
    return len(said) - commits, commits


async def test_a_reminder_costs_three_transactions_of_a_few_statements(desk: Desk) -> None:
    with heard(desk) as said:
        ids = await desk.decide_reminder()
    step = last_step(said)
    with heard(desk) as delivery:
        await desk.deliver(ids)

    assert (await desk.row("sms", "due_reminder", "2040-05-15")).status == "sent"
    assert (await desk.row("mail", "due_reminder", "2040-05-15")).status == "sent"
    statements, transactions = counted(step)
    assert statements <= 3
    assert transactions == 1
    statements, transactions = counted(delivery)
    assert statements <= 6
    assert transactions == 2
