"""A cron-style loop on PostgreSQL: a table of what is due, taken with ``FOR UPDATE SKIP LOCKED``, sent, ticked off."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime

import asyncpg

from benchmarks.peers.letters import Letters, senders

SCHEMA = """
CREATE TABLE IF NOT EXISTS due (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    siren text NOT NULL, channel text NOT NULL, what text NOT NULL, at timestamptz NOT NULL, done_at timestamptz
);
CREATE INDEX IF NOT EXISTS ix_due_at ON due (at) WHERE done_at IS NULL;
CREATE INDEX IF NOT EXISTS ix_due_siren ON due (siren);
"""
TAKE = """
SELECT id, siren, channel, what FROM due WHERE done_at IS NULL AND at <= now()
ORDER BY at LIMIT 50 FOR UPDATE SKIP LOCKED
"""
PAUSE = 0.2
Row = tuple[str, str, str, datetime]


async def add(pool: asyncpg.Pool, rows: Iterable[Row]) -> None:
    """SIREN, channel, what and when, each."""
    await pool.executemany("INSERT INTO due (siren, channel, what, at) VALUES ($1, $2, $3, $4)", list(rows))


async def turn(connection: asyncpg.Connection, letters: Letters) -> bool:
    """Send up to fifty letters and tick them off together; whether there were any."""
    async with connection.transaction():
        rows = await connection.fetch(TAKE)
        await asyncio.gather(*(letters.send(row["channel"], row["siren"], row["what"]) for row in rows))
        await connection.execute(
            "UPDATE due SET done_at = now() WHERE id = ANY($1::bigint[])", [row["id"] for row in rows]
        )
    return bool(rows)


async def main(argv: Sequence[str]) -> None:
    """Run until killed: the URL of the database, the address of the edge."""
    url, edge = argv
    connection, letters = await asyncpg.connect(url), Letters(senders(edge))
    await connection.execute(SCHEMA)
    while True:
        if not await turn(connection, letters):
            await asyncio.sleep(PAUSE)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
