"""The newsletter for young enterprises: whom an issue is for (REG-1). No personal data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.sectors import bare

SECTOR = r"[0-9]{2}(\.?[0-9]{1,2}[A-Za-z]?)?"
"""The beginning of an NAF code: a division, ``56``, or more of it, ``56.1``, ``56.10A``."""


@dataclass(frozen=True)
class Newsletter:
    """An issue that an enterprise is to receive since ``at``; its words are read when it leaves."""

    id: str
    title: str
    at: datetime


def concerns(sectors: Sequence[str], naf: str) -> bool:
    """Whether an issue is for an enterprise of that NAF code; one that names no sector is for all."""
    code = bare(naf)
    return not sectors or any(code.startswith(bare(sector)) for sector in sectors)
