"""The least a reminder on Temporal can cost: both letters in one local activity, no sandbox, no rule, no ledger."""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from benchmarks.peers.bare import QUEUE, RETRY, BareJourney, Sending, main
from benchmarks.peers.letters import Letters


@workflow.defn(name="BareJourney")
class LeastJourney(BareJourney):
    """The same life, each pair of letters within the workflow task that decides it."""

    @workflow.run
    async def run(self, siren: str) -> None:
        """Live until told that it is over."""
        await super().run(siren)

    async def _tell(self, siren: str, what: str) -> None:
        await workflow.execute_local_activity(
            "send_both", args=[siren, what], start_to_close_timeout=timedelta(seconds=30), retry_policy=RETRY
        )


class Both:
    """The local activity, over the same senders as Parcours."""

    def __init__(self, letters: Letters) -> None:
        self._letters = letters

    @activity.defn(name="send_both")
    async def send(self, siren: str, what: str) -> None:
        """Send the SMS and the mail at once."""
        await asyncio.gather(self._letters.send("sms", siren, what), self._letters.send("mail", siren, what))


def worker_of(client: Client, letters: Letters) -> Worker:
    """As the bare one's, without a sandbox."""
    return Worker(
        client,
        task_queue=QUEUE,
        workflows=[LeastJourney],
        activities=[Sending(letters).send, Both(letters).send],
        max_cached_workflows=2_000,
        workflow_runner=UnsandboxedWorkflowRunner(),
    )


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:], worker_of))
