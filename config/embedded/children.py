"""Child processes that live and die with Parcours, and whose data folder never has two owners."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import errno
import fcntl
import os
import re
import signal
import sys
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from config.embedded.ports import is_free
from config.embedded.staging import User
from config.errors import OperatorError

PR_SET_PDEATHSIG = 1
POLL = 0.05
ORPHAN_GRACE = 5.0
STOP_GRACE = 30.0
ATTEMPTS = 4
FULL = re.compile("no space left on device|database or disk is full", re.IGNORECASE)


class EmbeddedError(OperatorError):
    """An embedded part did not start; the message shows the end of its log."""


class EndedAtOnce(EmbeddedError):
    """The process ended before it was ready."""


@dataclass(frozen=True)
class Child:
    """A running embedded process."""

    name: str
    process: asyncio.subprocess.Process
    log: Path

    async def stop(self, by: signal.Signals) -> None:
        """Ask to stop with `by`, insist after 30 seconds, return once the process is gone."""
        if self.process.returncode is not None:
            return
        self.process.send_signal(by)
        try:
            await asyncio.wait_for(self.process.wait(), STOP_GRACE)
        except TimeoutError:
            self.process.kill()
            await self.process.wait()

    async def ended(self) -> str:
        """Return how it ended once the process is gone, asked to or not."""
        code = await self.process.wait()
        tail = _tail(self.log)
        told = f"the embedded {self.name} ended with code {code}; {self.log} ends with:\n{tail}"
        return f"{told}\n{no_space(self.log.parent)}" if FULL.search(tail) else told

    async def wait_until(self, ready: Callable[[], Awaitable[bool]], seconds: float = 60) -> None:
        """Return once `ready` says so; raise EndedAtOnce when the process dies, EmbeddedError after `seconds`."""
        deadline = asyncio.get_running_loop().time() + seconds
        while True:
            answered = await ready()
            # Asked first: what answers on the port of a dead process is somebody else's.
            if self.process.returncode is not None:
                raise EndedAtOnce(await self.ended())
            if answered:
                return
            if asyncio.get_running_loop().time() > deadline:
                raise EmbeddedError(f"the embedded {self.name} is not ready after {seconds:.0f} s; see {self.log}")
            await asyncio.sleep(POLL)


def no_space(home: Path) -> str:
    """What to do when the disk of `home` is full."""
    return f"no space left on device for {home}: make room there, then start again; nothing accepted is lost"


async def insist(start: Callable[[], Awaitable[None]], ports: Callable[[], Iterable[int]]) -> None:
    """Start again, on other ports, when a port was taken between the moment it was chosen and its use."""
    for _ in range(ATTEMPTS - 1):
        try:
            return await start()
        except EndedAtOnce:
            if all(is_free(port) for port in ports()):
                raise
    return await start()


async def spawn(
    name: str, command: Callable[[], Sequence[str]], home: Path, user: User | None, stop_signal: signal.Signals
) -> Child:
    """Start what `command` returns once nobody holds `home/name.lock`; its output goes to `home/name.log`."""
    try:
        return await _spawned(name, command, home, user, stop_signal)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise EmbeddedError(no_space(home)) from None


async def _spawned(
    name: str, command: Callable[[], Sequence[str]], home: Path, user: User | None, stop_signal: signal.Signals
) -> Child:
    with await _held(_lock_file(name, home), name, stop_signal) as lock, _fresh_log(home / f"{name}.log") as log:
        process = await asyncio.create_subprocess_exec(
            # Asked for now: the ports of an earlier process are free again only once it is gone.
            *command(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=asyncio.subprocess.STDOUT,
            cwd="/",
            start_new_session=True,
            # The child inherits the lock: it is held until the last process of the part is gone, however it ends.
            pass_fds=[lock.fileno()],
            preexec_fn=die_with_parent(stop_signal),
            **(user.as_subprocess_arguments() if user else {}),
        )
        _name_holder(lock, process)
    return Child(name, process, home / f"{name}.log")


def _lock_file(name: str, home: Path) -> IO[str]:
    home.mkdir(parents=True, exist_ok=True)
    return (home / f"{name}.lock").open("a+")


async def _held(lock: IO[str], name: str, stop_signal: signal.Signals) -> IO[str]:
    if not await _acquired(lock, ORPHAN_GRACE):
        _stop_orphan(lock, stop_signal)
        if not await _acquired(lock, STOP_GRACE):
            lock.close()
            raise EmbeddedError(f"another process still holds {lock.name}: stop the embedded {name} it belongs to")
    return lock


async def _acquired(lock: IO[str], seconds: float) -> bool:
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if asyncio.get_running_loop().time() > deadline:
                return False
            await asyncio.sleep(POLL)
        else:
            return True


def _name_holder(lock: IO[str], process: asyncio.subprocess.Process) -> None:
    lock.seek(0)
    lock.truncate()
    try:
        lock.write(str(process.pid))
        lock.flush()
    except OSError:
        process.kill()
        raise


def _stop_orphan(lock: IO[str], stop_signal: signal.Signals) -> None:
    # A held lock proves that the process it names lives: no risk of a recycled PID.
    lock.seek(0)
    pid = lock.read().strip()
    if pid:
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(pid), stop_signal)


def die_with_parent(stop_signal: signal.Signals) -> Callable[[], object] | None:
    """Linux tells the child when its parent dies, kill -9 included; elsewhere the next start stops the orphan."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    return lambda: libc.prctl(PR_SET_PDEATHSIG, int(stop_signal))


def _fresh_log(path: Path) -> IO[bytes]:
    if path.exists():
        path.replace(path.with_suffix(".log.1"))
    return path.open("wb")


def _tail(log: Path, lines: int = 15) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
