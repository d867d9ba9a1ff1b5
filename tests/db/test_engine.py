"""What the pool hands out."""

from __future__ import annotations

from sqlalchemy import text

from db.engine import make_engine

END_THE_OTHERS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = :pid"
OWN = "SELECT pg_backend_pid()"


async def test_a_connection_that_the_server_ended_is_replaced_before_its_use(database_url: str) -> None:
    engine, other = make_engine(database_url, pool_size=1), make_engine(database_url, pool_size=1)
    async with engine.connect() as connection:
        ended = await connection.scalar(text(OWN))
    async with other.connect() as connection:
        await connection.execute(text(END_THE_OTHERS), {"pid": ended})
    # A round trip elsewhere: the loop has heard that the socket is closed.
    async with other.connect() as connection:
        await connection.execute(text("SELECT pg_sleep(0.1)"))
    async with engine.connect() as connection:
        assert await connection.scalar(text(OWN)) != ended
    await engine.dispose()
    await other.dispose()
