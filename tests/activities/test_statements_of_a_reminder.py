"""What a reminder by SMS and mail asks of PostgreSQL: each exchange is paid for by every enterprise, every month."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tests.activities.counting import counted, heard
from tests.faults.desk import Desk
from tests.journeys.town import PARIS

BEFORE = datetime(2040, 5, 10, 12, tzinfo=PARIS)


def last_step(said: Sequence[str]) -> Sequence[str]:
    """From the lock of the journey to the commit."""
    began = max(rank for rank, text in enumerate(said) if "FROM journeys" in text and text.endswith("FOR UPDATE"))
    return said[began : said.index("COMMIT", began) + 1]


async def test_a_reminder_costs_three_transactions_of_a_few_statements_and_a_turn(desk: Desk) -> None:
    await desk.open()
    await desk.owe()
    await desk.reach(BEFORE)
    with heard(desk.engine) as said:
        ids = await desk.decide_reminder()
    step = last_step(said)
    with heard(desk.engine) as delivery:
        await desk.deliver_at_once(ids)

    assert (await desk.row("sms", "due_reminder", "2040-05-15")).status == "sent"
    assert (await desk.row("mail", "due_reminder", "2040-05-15")).status == "sent"
    statements, transactions = counted(step)
    assert statements <= 3
    assert transactions == 1
    statements, transactions = counted(delivery)
    assert statements <= 7
    assert transactions == 2
