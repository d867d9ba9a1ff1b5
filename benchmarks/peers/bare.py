"""The bare Temporal SDK: the smallest workflow that sends the same letters, with no rule, no ledger, no portfolio."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.common import RetryPolicy
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Worker

with workflow.unsafe.imports_passed_through():
    from benchmarks.peers.letters import Letters, senders
    from notifications.ports import Channel

QUEUE = "bare"
RETRY = RetryPolicy(maximum_interval=timedelta(seconds=10))


@workflow.defn(name="BareJourney")
class BareJourney:
    """Welcome and an offer, then a reminder for each due date, and a letter for each incident."""

    def __init__(self) -> None:
        self._due: list[datetime] = []
        self._incidents: list[str] = []
        self._reminded = 0
        self._over = False

    @workflow.run
    async def run(self, siren: str) -> None:
        """Live until told that it is over."""
        await self._send("mail", siren, "welcome")
        await self._send("mail", siren, "offer")
        while not self._over:
            await self._until_something()
            if self._due and self._due[0] <= workflow.now():
                await self._tell(siren, f"reminder {self._due.pop(0)}")
                self._reminded += 1
            elif self._incidents:
                await self._tell(siren, f"incident {self._incidents.pop(0)}")

    @workflow.signal
    def due(self, at: datetime) -> None:
        """A reminder is to leave at an instant."""
        self._due.append(at)

    @workflow.signal
    def incident(self, period: str) -> None:
        """A payment was not made."""
        self._incidents.append(period)

    @workflow.signal
    def end(self) -> None:
        """Nothing more to do."""
        self._over = True

    @workflow.query
    def state(self) -> dict[str, int]:
        """Where the journey is."""
        return {"reminded": self._reminded, "due": len(self._due)}

    async def _until_something(self) -> None:
        known = len(self._due)
        timeout = self._due[0] - workflow.now() if self._due else None
        try:
            await workflow.wait_condition(
                lambda: bool(self._incidents) or self._over or len(self._due) != known, timeout=timeout
            )
        except asyncio.TimeoutError:  # noqa: UP041
            return

    async def _tell(self, siren: str, what: str) -> None:
        await self._send("sms", siren, what)
        await self._send("mail", siren, what)

    async def _send(self, channel: Channel, siren: str, what: str) -> None:
        await workflow.execute_activity(
            "send_letter",
            args=[channel, siren, what],
            start_to_close_timeout=timedelta(seconds=30),
            retry_policy=RETRY,
        )


class Sending:
    """The activity, over the same senders as Parcours."""

    def __init__(self, letters: Letters) -> None:
        self._letters = letters

    @activity.defn(name="send_letter")
    async def send(self, channel: Channel, siren: str, what: str) -> None:
        """Send one letter."""
        await self._letters.send(channel, siren, what)


def worker_of(client: Client, letters: Letters) -> Worker:
    """A worker with the SDK's defaults but for the cache, as large as Parcours's."""
    return Worker(
        client,
        task_queue=QUEUE,
        workflows=[BareJourney],
        activities=[Sending(letters).send],
        max_cached_workflows=2_000,
    )


async def main(argv: Sequence[str], worker_of: Callable[[Client, Letters], Worker] = worker_of) -> None:
    """Run until killed: the address of Temporal, the address of the edge."""
    address, edge = argv
    await worker_of(await Client.connect(address, data_converter=pydantic_data_converter), Letters(senders(edge))).run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
