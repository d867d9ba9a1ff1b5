"""What somebody asks of a journey and waits an answer for."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Ask(StrEnum):
    """The requests a journey answers."""

    EXTEND = "extend"


@dataclass(frozen=True)
class Request:
    """``id`` makes a repetition harmless: the same id gets the same answer."""

    id: str
    ask: Ask
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Reply:
    """The answer: an HTTP status, the rule that decided, what it says."""

    status: int
    rule: str
    detail: str
    data: dict[str, Any] = field(default_factory=dict)
