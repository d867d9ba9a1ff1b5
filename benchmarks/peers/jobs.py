"""procrastinate: one job for each letter, at its instant; stalled jobs taken again as its documentation advises."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from procrastinate import App, PsycopgConnector

from benchmarks.peers.letters import Letters, senders
from notifications.ports import Channel

AT_ONCE = 20
HEARTBEAT = 5.0
STALLED = 15.0


def app_of(url: str, letters: Letters | None = None) -> App:
    """The application over a database; without letters it only defers."""
    app = App(connector=PsycopgConnector(conninfo=url))

    @app.task(name="send")
    async def send(channel: Channel, siren: str, what: str) -> None:
        assert letters is not None
        await letters.send(channel, siren, what)

    return app


async def _rescue(app: App) -> None:
    while True:
        for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED):
            await app.job_manager.retry_job(job, retry_at=datetime.now(UTC))
        await asyncio.sleep(HEARTBEAT)


async def main(argv: Sequence[str]) -> None:
    """Run until killed: the URL of the database, the address of the edge."""
    url, edge = argv
    app = app_of(url, Letters(senders(edge)))
    async with app.open_async():
        rescuing = asyncio.create_task(_rescue(app))
        await app.run_worker_async(
            concurrency=AT_ONCE,
            update_heartbeat_interval=HEARTBEAT,
            stalled_worker_timeout=STALLED,
            fetch_job_polling_interval=1.0,
        )
        rescuing.cancel()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
