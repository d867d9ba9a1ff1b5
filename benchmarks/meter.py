"""What processes cost: CPU seconds and memory, children included, read from the system."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Self

import psutil

MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Cost:
    """Seconds on the clock, and CPU seconds by part, between two readings."""

    seconds: float
    cpu: Mapping[str, float]

    @property
    def total(self) -> float:
        """CPU seconds of all parts."""
        return sum(self.cpu.values())

    def of(self, *parts: str) -> float:
        """CPU seconds of the named parts that exist."""
        return sum(self.cpu.get(part, 0.0) for part in parts)


class Meter:
    """Context manager: ``cost`` is known once the block ends."""

    def __init__(self, pids: Mapping[str, int]) -> None:
        self._pids = pids
        self.cost = Cost(0.0, {})

    def __enter__(self) -> Self:
        self._before = {name: cpu_seconds(pid) for name, pid in self._pids.items()}
        self._began = perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        elapsed = perf_counter() - self._began
        self.cost = Cost(elapsed, {name: cpu_seconds(pid) - self._before[name] for name, pid in self._pids.items()})


def cpu_seconds(pid: int) -> float:
    """User and system time of a process, of its living descendants and of those it has reaped."""
    return float(sum(sum(process.cpu_times()[:4]) for process in _tree(pid)))


def peak_megabytes(pid: int) -> float:
    """The most a process held (VmHWM), or for several that share memory, their share of it now (PSS)."""
    processes = _tree(pid)
    if len(processes) == 1:
        return _high_water(pid)
    return float(sum(process.memory_full_info().pss for process in processes)) / MEGABYTE


def resident_megabytes(pid: int) -> float:
    """What a process and its descendants hold now, shared pages counted once (PSS)."""
    return float(sum(process.memory_full_info().pss for process in _tree(pid))) / MEGABYTE


def folder_bytes(folder: Path) -> int:
    """Bytes of the files under a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _tree(pid: int) -> list[psutil.Process]:
    root = psutil.Process(pid)
    return [root, *root.children(recursive=True)]


def _high_water(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    kilobytes = next(line.split()[1] for line in lines if line.startswith("VmHWM"))
    return int(kilobytes) / 1024
