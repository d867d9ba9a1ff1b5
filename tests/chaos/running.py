"""One storm from the first process to the verdict."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from config.embedded.ports import LOOPBACK, kept_port
from config.embedded.postgres import EmbeddedPostgres
from config.embedded.temporal import EmbeddedTemporal
from db.engine import make_engine
from db.migrate import upgrade
from db.tables import events, journeys, messages
from tests.chaos.parts import Mortal, Process, Server
from tests.chaos.postman import Postman
from tests.chaos.storm import Storm
from tests.chaos.verdict import Verdict, judge
from tests.chaos.work import TOKENS, Work
from tests.fakes.sendgrid import FakeSendGrid
from tests.fakes.twilio import FakeTwilio

Say = Callable[[str], None]
CALM_WITHIN = 420
"""A worker's death in a delivery is noticed after two minutes; then come backoffs and settling by asking."""

LAST_RECEIPTS = 5


@dataclass(frozen=True)
class Outcome:
    """What died how often, how long the calm took, and what is wrong."""

    toll: Counter[str]
    moved: int
    booked: int
    verdict: Verdict


@contextmanager
def folder() -> Iterator[Path]:
    """On a real disk, where `kill -9` of a database means something."""
    home = Path(tempfile.mkdtemp(prefix="parcours-chaos-", dir="/var/tmp"))
    home.chmod(0o755)
    try:
        yield home
    finally:
        shutil.rmtree(home)


async def storm(enterprises: int, seed: int, say: Say, outage: float = 0) -> Outcome:
    """Start everything, let the storm rage while the work is done, wait for the calm, judge."""
    with folder() as home:
        async with (
            EmbeddedPostgres(home) as postgres,
            EmbeddedTemporal(home, ui=False) as temporal,
            FakeTwilio() as twilio,
            FakeSendGrid() as sendgrid,
        ):
            await upgrade(postgres.url)
            port = kept_port(home / "api.port")
            told = _environment(home, postgres, temporal, twilio, sendgrid, port)
            ours = [Process(name, name.split()[0], home, told) for name in ("worker 1", "worker 2", "api")]
            parts: list[Mortal] = [*ours, Server(postgres), Server(temporal)]
            engine = make_engine(postgres.url, pool_size=5)
            work = Work(engine, f"http://{LOOPBACK}:{port}", enterprises, seed)
            try:
                for process in ours:
                    await process.revive()
                await work.settle_in()
                return await _live(engine, work, Storm(parts, (twilio, sendgrid), seed, outage), twilio, sendgrid, say)
            finally:
                for process in ours:
                    await process.kill()
                await engine.dispose()


async def _live(
    engine: AsyncEngine, work: Work, weather: Storm, twilio: FakeTwilio, sendgrid: FakeSendGrid, say: Say
) -> Outcome:
    over = asyncio.Event()
    raging = asyncio.create_task(weather.rage(over))
    postman = Postman(work.url, twilio, sendgrid, weather.seed)
    walking = asyncio.create_task(postman.walk())
    telling = asyncio.create_task(_tell(weather, work, twilio, sendgrid, say))
    try:
        await work.happen()
    finally:
        over.set()
        await raging
        telling.cancel()
    say(f"the storm is over: {_summed(weather.toll)}; waiting for the calm")
    await _calm(engine, say)
    await asyncio.sleep(LAST_RECEIPTS)
    walking.cancel()
    verdict = await judge(engine, work, twilio, sendgrid, postman)
    return Outcome(weather.toll, work.moved, len(work.booked), verdict)


async def _tell(weather: Storm, work: Work, twilio: FakeTwilio, sendgrid: FakeSendGrid, say: Say) -> None:
    while True:
        await asyncio.sleep(10)
        left = len(twilio.accepted) + len(sendgrid.accepted)
        say(f"{work.told} events told, {work.moved} reminders due, {left} messages left; {_summed(weather.toll)}")


async def _calm(engine: AsyncEngine, say: Say) -> None:
    for second in range(CALM_WITHIN):
        left = 1
        with suppress(SQLAlchemyError, OSError):
            left = await _unsettled(engine)
        if not left:
            return
        if second % 30 == 29:
            say(f"{left} things are still on their way")
        await asyncio.sleep(1)


async def _unsettled(engine: AsyncEngine) -> int:
    """Events to apply, journeys to wake, messages to send or to ask about."""
    async with engine.connect() as connection:
        counts = [
            select(func.count()).where(events.c.status == "pending"),
            select(func.count()).where(journeys.c.nudge > journeys.c.nudged),
            select(func.count()).where(messages.c.status.in_(("queued", "sending"))),
            select(func.count()).where(messages.c.status == "unknown", messages.c.channel == "sms"),
            select(func.count()).select_from(journeys).where(or_(journeys.c.wake_at.is_(None), _owed_by_now())),
        ]
        return sum([await connection.scalar(count) or 0 for count in counts])


def _owed_by_now() -> ColumnElement[bool]:
    return journeys.c.wake_at < func.now() + func.make_interval(0, 0, 0, 0, 0, 0, journeys.c.ahead_seconds)


def _summed(toll: Counter[str]) -> str:
    return ", ".join(f"{name} ×{number}" for name, number in sorted(toll.items()))


def _environment(
    home: Path,
    postgres: EmbeddedPostgres,
    temporal: EmbeddedTemporal,
    twilio: FakeTwilio,
    sendgrid: FakeSendGrid,
    port: int,
) -> dict[str, str]:
    return {
        "PARCOURS_HOME": str(home / "parcours"),
        "PARCOURS_DATABASE_URL": postgres.url,
        "PARCOURS_TEMPORAL_ADDRESS": temporal.address,
        "PARCOURS_HTTP_PORT": str(port),
        "PARCOURS_API_TOKENS": TOKENS,
        "PARCOURS_SECRET_KEY": "k" * 32,
        "PARCOURS_LOG": "json",
        "PARCOURS_SMS": "twilio",
        "PARCOURS_MAIL": "sendgrid",
        "TWILIO_ACCOUNT_SID": twilio.account_sid,
        "TWILIO_AUTH_TOKEN": twilio.auth_token,
        "PARCOURS_TWILIO_FROM": "URSSAF",
        "PARCOURS_TWILIO_BASE_URL": twilio.base_url,
        "SENDGRID_API_KEY": sendgrid.api_key,
        "PARCOURS_MAIL_FROM": "parcours@example.org",
        "PARCOURS_SENDGRID_BASE_URL": sendgrid.base_url,
        "PARCOURS_SENDGRID_WEBHOOK_KEY": sendgrid.public_key,
    }
