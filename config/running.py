"""The Parcours that runs on this machine: its addresses, for the other commands, and the lock that keeps it alone."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from pydantic import SecretStr

from config.credentials import write_private
from config.errors import OperatorError
from config.settings import Settings

FILE_NAME = "running.json"
OWNER_FILE_NAME = "owner_database_url"


@dataclass(frozen=True, slots=True)
class Running:
    """What `parcours up` started; the database URL holds a password, hence a private file."""

    pid: int
    api_url: str
    database_url: str
    temporal_address: str
    temporal_namespace: str
    temporal_ui_url: str | None
    public_url: str | None = None

    def announce(self, home: Path) -> None:
        """Write the addresses where the other commands look for them."""
        write_private(home / FILE_NAME, json.dumps(asdict(self), indent=2))


def announce_owner(home: Path, url: SecretStr) -> None:
    """Write who owns the database where `parcours migrate` looks, and nobody else."""
    write_private(home / OWNER_FILE_NAME, url.get_secret_value())


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """Hold `home` for this process; raise OperatorError when another `parcours up` has it."""
    with _lock_file(home) as lock:
        if not _acquired(lock, fcntl.LOCK_EX):
            raise OperatorError(f"`parcours up` already runs on {home}: stop it first, or set PARCOURS_HOME elsewhere")
        try:
            yield
        finally:
            for name in (FILE_NAME, OWNER_FILE_NAME):
                (home / name).unlink(missing_ok=True)


def running(home: Path) -> Running | None:
    """Addresses of the `parcours up` that holds `home`, None when there is none."""
    file = home / FILE_NAME
    if not file.exists():
        return None
    with _lock_file(home) as lock:
        if _acquired(lock, fcntl.LOCK_SH):
            return None
    return Running(**json.loads(file.read_text()))


def with_running_parts(settings: Settings) -> Settings:
    """Settings completed with the addresses of the parts that `parcours up` runs, for what is not configured."""
    found = running(settings.home)
    if found is None:
        return settings
    update: dict[str, object] = {}
    if settings.database_url is None:
        update["database_url"] = SecretStr(found.database_url)
    if settings.temporal_address is None:
        update |= {"temporal_address": found.temporal_address, "temporal_namespace": found.temporal_namespace}
    return settings.model_copy(update=update)


def with_running_owner(settings: Settings) -> Settings:
    """The same with the owner of the database that `parcours up` runs, for the command that migrates it."""
    file = settings.home / OWNER_FILE_NAME
    configured = settings.database_url or settings.migration_database_url
    if configured or running(settings.home) is None or not file.exists():
        return with_running_parts(settings)
    return with_running_parts(settings).model_copy(update={"migration_database_url": SecretStr(file.read_text())})


def _lock_file(home: Path) -> IO[str]:
    home.mkdir(parents=True, exist_ok=True)
    return (home / "up.lock").open("a")


def _acquired(lock: IO[str], kind: int) -> bool:
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
