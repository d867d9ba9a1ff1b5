"""dbos: one durable workflow for each occasion, its letters as steps, enqueued with a delay until its instant."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence

from dbos import DBOS, DBOSConfig

from benchmarks.peers.letters import Letters, senders
from notifications.ports import Channel

NAME, VERSION, QUEUE = "bench", "1", "letters"
POLLING = 0.2
_letters: list[Letters] = []


@DBOS.step(name="send")
async def send(channel: Channel, siren: str, what: str) -> None:
    """One letter."""
    await _letters[0].send(channel, siren, what)


@DBOS.workflow(name="tell")
async def tell(siren: str, what: str, channels: list[Channel]) -> None:
    """The letters of one occasion."""
    for channel in channels:
        await send(channel, siren, what)


async def main(argv: Sequence[str]) -> None:
    """Run until killed: the URL of the database, the address of the edge."""
    url, edge = argv
    _letters.append(Letters(senders(edge)))
    config: DBOSConfig = {
        "name": NAME,
        "system_database_url": url,
        "application_version": VERSION,
        "executor_id": "one",
        "log_level": "WARNING",
    }
    DBOS(config=config)
    DBOS.launch()
    await DBOS.register_queue_async(QUEUE, polling_interval_sec=POLLING)
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
