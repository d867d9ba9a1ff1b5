"""A disk of a test's own, small enough to be filled."""

from __future__ import annotations

import errno
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SIZE = "192m"
CHUNK = b"x" * 65536


class NotAllowed(Exception):
    """This user may not mount a disk."""


@dataclass(frozen=True)
class Disk:
    """What is on it lies under ``folder``."""

    folder: Path

    def fill(self) -> None:
        """Until not one block is left."""
        with (self.folder / "ballast").open("wb", buffering=0) as ballast:
            try:
                while True:
                    ballast.write(CHUNK)
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise

    def make_room(self) -> None:
        """As much as there was."""
        (self.folder / "ballast").unlink()


@contextmanager
def small_disk(folder: Path) -> Iterator[Disk]:
    """A file system in memory mounted at ``folder``; raise NotAllowed where only an administrator may."""
    options = f"size={SIZE},mode=755"
    mounting = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", folder], capture_output=True, text=True)
    if mounting.returncode:
        raise NotAllowed(mounting.stderr.strip())
    try:
        yield Disk(folder)
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)
