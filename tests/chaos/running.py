"""One storm from the first process to the verdict."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from config.embedded.ports import LOOPBACK, kept_port
from config.embedded.postgres import EmbeddedPostgres
from config.embedded.temporal import EmbeddedTemporal
from db.engine import make_engine
from db.migrate import upgrade
from tests.chaos.clocks import Clocks
from tests.chaos.parts import Mortal, Process, Server
from tests.chaos.plan import Plan
from tests.chaos.postman import Postman
from tests.chaos.providers import StormSendGrid, StormTwilio
from tests.chaos.senders import TOKENS
from tests.chaos.storm import Storm
from tests.chaos.telling import Say, summed, tell
from tests.chaos.verdict import Verdict, judge
from tests.chaos.work import Work

OURS = ("worker 1", "worker 2", "api")
RAGES_ON = 60
CALM_WITHIN = 900
"""A delivery that met one fault after the other waits ten minutes before it is tried again, then asks for one more."""

CALM_FOR = 8


@dataclass(frozen=True)
class Outcome:
    """What died how often, what was done meanwhile, and what is wrong."""

    toll: Counter[str]
    work: Work
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


async def storm(plan: Plan, say: Say) -> Outcome:
    """Start everything, let the storm rage while the work is done, wait for the calm, judge."""
    with folder() as home:
        async with (
            EmbeddedPostgres(home) as postgres,
            EmbeddedTemporal(home, ui=False) as temporal,
            StormTwilio() as twilio,
            StormSendGrid() as sendgrid,
        ):
            await upgrade(postgres.url)
            port = kept_port(home / "api.port")
            told = _environment(home, postgres, temporal, twilio, sendgrid, port)
            ours = [Process(name, home, told, hurried=plan.hurried and name != "api") for name in OURS]
            parts: list[Mortal] = [*ours, Server(postgres), Server(temporal)]
            engine = make_engine(postgres.url, pool_size=5)
            work = Work(engine, f"http://{LOOPBACK}:{port}", plan, twilio, sendgrid)
            postman = Postman(f"http://{LOOPBACK}:{port}", twilio, sendgrid, plan.seed)
            try:
                for process in ours:
                    await process.revive()
                await work.settle_in()
                weather = Storm(parts, (twilio, sendgrid), plan)
                await _live(work, weather, postman, say)
                verdict = await judge(engine, work, twilio, sendgrid, postman)
                return Outcome(weather.toll, work, verdict)
            finally:
                for process in ours:
                    await process.kill()
                await engine.dispose()


async def _live(work: Work, weather: Storm, postman: Postman, say: Say) -> None:
    over = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        raging = group.create_task(weather.rage(over))
        walking = group.create_task(postman.walk())
        telling = group.create_task(tell(weather, work, say))
        await work.happen()
        await _few_afoot(work)
        over.set()
        await raging
        telling.cancel()
        say(f"the storm is over: {summed(weather.toll)}; waiting for the calm")
        await _calm(work.clocks, say)
        walking.cancel()


async def _few_afoot(work: Work) -> None:
    """Faults go on while the last letters leave; the very last of them wait for each other's end."""
    for _ in range(RAGES_ON):
        with suppress(SQLAlchemyError, OSError):
            if await work.clocks.afoot() <= 1 + len(work.mornings) // 20:
                return
        await asyncio.sleep(1)


async def _calm(clocks: Clocks, say: Say) -> None:
    """Return once nothing has been afoot for a while: a wake-up given to Temporal shows only when it is followed."""
    calm_for = 0
    for second in range(CALM_WITHIN):
        left = 1
        with suppress(SQLAlchemyError, OSError):
            left = await clocks.afoot()
        calm_for = 0 if left else calm_for + 1
        if calm_for > CALM_FOR:
            return
        if left and second % 30 == 29:
            say(f"{left} enterprises are still waited for")
        await asyncio.sleep(1)


def _environment(
    home: Path,
    postgres: EmbeddedPostgres,
    temporal: EmbeddedTemporal,
    twilio: StormTwilio,
    sendgrid: StormSendGrid,
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
