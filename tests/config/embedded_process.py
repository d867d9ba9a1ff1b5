"""Starts the embedded parts under the folder given, says where they are, then waits to be stopped or killed."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from config.embedded.postgres import EmbeddedPostgres
from config.embedded.temporal import EmbeddedTemporal


async def main(home: Path) -> None:
    async with EmbeddedPostgres(home) as postgres, EmbeddedTemporal(home, ui=False) as temporal:
        print(postgres.url, temporal.address, flush=True)
        await asyncio.Event().wait()


asyncio.run(main(Path(sys.argv[1])))
