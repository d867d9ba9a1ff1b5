"""Where everything is measured: a durable PostgreSQL, a Temporal, a provider's edge, and processes one by one."""

from __future__ import annotations

import asyncio
import base64
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from config.embedded.ports import LOOPBACK, kept_port
from config.embedded.postgres import EmbeddedPostgres
from config.embedded.temporal import EmbeddedTemporal

ROOT = Path(__file__).parents[1]
PARCOURS = ("-c", "from cli.main import main; main()")
DISK = Path("/var/tmp")
TOKEN, READER, ORGANISATION = "benchmark-system", "benchmark-agent", "urssaf-idf"
OTHER_TOKEN, OTHER_ORGANISATION = "benchmark-other", "urssaf-rhone-alpes"


@dataclass
class Part:
    """A running process of the benchmark."""

    name: str
    process: asyncio.subprocess.Process
    url: str = ""

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    async def stop(self, by: signal.Signals = signal.SIGTERM) -> None:
        """Ask it to end, insist after twenty seconds."""
        if self.process.returncode is None:
            self.process.send_signal(by)
        try:
            await asyncio.wait_for(self.process.wait(), 20)
        except TimeoutError:
            self.process.kill()
            await self.process.wait()


@contextmanager
def folder() -> Iterator[Path]:
    """A folder on disk that PostgreSQL's user can enter, removed afterwards."""
    home = Path(tempfile.mkdtemp(prefix="parcours-bench-", dir=DISK))
    home.chmod(0o755)
    try:
        yield home
    finally:
        shutil.rmtree(home)


@asynccontextmanager
async def part(name: str, home: Path, *argv: str, env: Mapping[str, str] | None = None) -> AsyncIterator[Part]:
    """``python argv…`` as a process of its own; its output goes to ``home/name.log``."""
    started = await start(name, home, *argv, env=env)
    try:
        yield started
    finally:
        await started.stop()


async def start(name: str, home: Path, *argv: str, env: Mapping[str, str] | None = None) -> Part:
    """The same, for who stops it himself."""
    with (home / f"{name}.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, *argv, cwd=ROOT, env={**os.environ, **(env or {})}, stdout=log, stderr=log
        )
    return Part(name, process)


async def until(holds: Callable[[], Awaitable[bool]], seconds: float = 120, pause: float = 0.05) -> None:
    """Return once it holds; raise TimeoutError after ``seconds``."""
    async with asyncio.timeout(seconds):
        while not await holds():  # noqa: ASYNC110 - what is waited for happens in another process
            await asyncio.sleep(pause)


async def answers(url: str) -> bool:
    """Whether a GET of this address succeeds."""
    try:
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False


@asynccontextmanager
async def edge(home: Path) -> AsyncIterator[Part]:
    """The providers' side of every contender."""
    port = kept_port(home / "edge.port")
    async with part("edge", home, "-m", "benchmarks.edge", str(port)) as running:
        running.url = f"http://{LOOPBACK}:{port}"
        await until(lambda: answers(f"{running.url}/counts"))
        yield running


@dataclass(frozen=True)
class Servers:
    """The servers contenders run on, and the edge they send to."""

    home: Path
    postgres: EmbeddedPostgres
    temporal: EmbeddedTemporal
    edge: Part

    @property
    def pids(self) -> dict[str, int]:
        """Process ids of the two servers."""
        return {name: pid_of(self.home, name) for name in ("postgres", "temporal")}


def pid_of(home: Path, name: str) -> int:
    """The process that the lock of an embedded server names."""
    return int((home / f"{name}.lock").read_text())


_migrating = asyncio.Lock()
"""Alembic migrates one database at a time in a process."""


@asynccontextmanager
async def servers() -> AsyncIterator[Servers]:
    """Everything up and empty, the database migrated; nothing is left of it."""
    from db.migrate import upgrade

    with folder() as home:
        async with EmbeddedPostgres(home) as postgres, EmbeddedTemporal(home, ui=False) as temporal, edge(home) as out:
            async with _migrating:
                await upgrade(postgres.url)
            yield Servers(home, postgres, temporal, out)


def environment(site: Servers, port: int = 0, **more: str) -> dict[str, str]:
    """What `parcours api` and `parcours worker` are told, the providers' edge included."""
    tokens = (
        f"{TOKEN}=system:{ORGANISATION},{READER}=agent:{ORGANISATION}:alice.martin,"
        f"{OTHER_TOKEN}=system:{OTHER_ORGANISATION}"
    )
    return {
        "PARCOURS_HOME": str(site.home / "parcours"),
        "PARCOURS_DATABASE_URL": site.postgres.url,
        "PARCOURS_TEMPORAL_ADDRESS": site.temporal.address,
        "PARCOURS_HTTP_PORT": str(port or 8000),
        "PARCOURS_API_TOKENS": tokens,
        "PARCOURS_LOG": "json",
        "PARCOURS_CONSOLE_LOGIN": "development",
        "PARCOURS_SMS": "twilio",
        "PARCOURS_MAIL": "sendgrid",
        "PARCOURS_DELIVERIES_PER_SECOND": "1000",
        "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "TWILIO_AUTH_TOKEN": "benchmark",
        "PARCOURS_TWILIO_FROM": "URSSAF",
        "PARCOURS_TWILIO_BASE_URL": site.edge.url,
        "SENDGRID_API_KEY": "SG.benchmark",
        "PARCOURS_MAIL_FROM": "parcours@example.org",
        "PARCOURS_SENDGRID_BASE_URL": site.edge.url,
        "PARCOURS_SENDGRID_WEBHOOK_KEY": _public_key(),
        **more,
    }


def _public_key() -> str:
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    return base64.b64encode(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


@asynccontextmanager
async def api(site: Servers, **more: str) -> AsyncIterator[Part]:
    """`parcours api`, ready."""
    port = kept_port(site.home / "api.port")
    async with part("api", site.home, *PARCOURS, "api", env=environment(site, port, **more)) as running:
        running.url = f"http://{LOOPBACK}:{port}"
        await until(lambda: answers(f"{running.url}/readyz"))
        yield running


@asynccontextmanager
async def worker(site: Servers, **more: str) -> AsyncIterator[Part]:
    """`parcours worker`."""
    async with part("worker", site.home, *PARCOURS, "worker", env=environment(site, 0, **more)) as running:
        yield running
