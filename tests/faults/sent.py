"""Letters of the desk that have left, and what the ledger says of them."""

from __future__ import annotations

from typing import Any

from tests.faults.desk import Desk
from tests.faults.examples import extension, subject_of
from tests.faults.plant import notice_is_open_since


async def reminded(desk: Desk, **account: Any) -> None:
    """A reminder sent by SMS and mail."""
    await desk.open(**account)
    await desk.owe()
    await desk.deliver(await desk.decide_reminder())


async def extended(desk: Desk, **account: Any) -> None:
    """A confirmation sent by SMS and mail: critical, and at once."""
    await desk.open(opened_on=notice_is_open_since(desk.now.date()).isoformat(), **account)
    await desk.deliver(await desk.step(extension()))


async def status(desk: Desk, channel: str, template: str) -> str:
    row = await desk.row(channel, template, subject_of(template))
    return str(row.status)
