"""Where PostgreSQL may live: it refuses to run as root, so root needs a user and folders which that user can reach."""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from config.errors import OperatorError

UNPRIVILEGED = "nobody"
SHARED_ROOT = Path("/var/tmp")  # noqa: S108  (each folder's owner is checked before it is used)

log = structlog.stdlib.get_logger("parcours.embedded")


@dataclass(frozen=True, slots=True)
class User:
    """The account an embedded part runs under."""

    uid: int
    gid: int

    def as_subprocess_arguments(self) -> dict[str, Any]:
        """Keyword arguments of subprocess that switch to this user and drop every other group."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def can_enter(self, folder: Path) -> bool:
        """Whether this user gets through to `folder`."""
        test = subprocess.run(["/usr/bin/env", "test", "-x", folder], cwd="/", **self.as_subprocess_arguments())  # noqa: S603
        return test.returncode == 0


def unprivileged_user() -> User | None:
    """The user PostgreSQL must run as: None unless this process is root."""
    if os.geteuid() != 0:
        return None
    entry = pwd.getpwnam(UNPRIVILEGED)
    return User(entry.pw_uid, entry.pw_gid)


def reachable_binaries(installation: Path, libraries: Path, user: User | None) -> Path:
    """Folder of PostgreSQL's commands, copied where `user` can execute them if the environment is out of reach."""
    if user is None or user.can_enter(installation / "bin"):
        return installation / "bin"
    staged = staging_folder(installation)
    # The commands find their libraries by a path relative to themselves: the wheel's layout is kept.
    copy = staged / "wheel" / installation.name
    if not copy.exists():
        log.info("PostgreSQL's commands are out of its user's reach, copying them", to=str(staged))
        _copy(libraries, staged / libraries.name)
        _copy(installation, copy)
    return copy / "bin"


def owned_folder(folder: Path, user: User | None) -> Path:
    """`folder` for `user` alone; elsewhere, behind a link of that name, when `user` cannot get there."""
    if folder.exists():
        return folder.resolve()
    folder.parent.mkdir(parents=True, exist_ok=True)
    if user is None or user.can_enter(folder.parent):
        return _make_private(folder, user)
    # A new name each time: whoever deleted `folder` to start afresh must not find the old data again.
    target = Path(tempfile.mkdtemp(prefix=f"{folder.name}-", dir=staging_folder(folder.parent)))
    os.chown(target, user.uid, user.gid)
    log.info("the data folder is out of PostgreSQL's reach, keeping it elsewhere", at=str(target))
    folder.unlink(missing_ok=True)
    folder.symlink_to(target)
    return target


def staging_folder(origin: Path) -> Path:
    """A folder of ours outside `origin`, always the same for it; raise OperatorError if someone else made it."""
    folder = SHARED_ROOT / f"parcours-{hashlib.sha256(bytes(origin.resolve())).hexdigest()[:16]}"
    folder.mkdir(mode=0o755, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
        raise OperatorError(f"{folder} belongs to someone else: remove it, then start again")
    folder.chmod(0o755)
    return folder


def _make_private(folder: Path, user: User | None) -> Path:
    folder.mkdir(mode=0o700, exist_ok=True)
    if user:
        os.chown(folder, user.uid, user.gid)
    return folder.resolve()


def _copy(source: Path, target: Path) -> None:
    draft = target.with_name(f"{target.name}.{os.getpid()}")
    shutil.copytree(source, draft, symlinks=True)
    draft.chmod(0o755)
    if target.exists():
        shutil.rmtree(draft)
    else:
        draft.rename(target)
