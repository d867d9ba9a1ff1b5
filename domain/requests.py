"""What somebody asks of a journey and waits an answer for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from domain.duty import World
    from domain.effects import Effect
    from domain.state import Journey


class Ask(StrEnum):
    """The requests a journey answers."""

    EXTEND = "extend"
    DIFFICULTY = "difficulty"
    PROMISE = "promise"
    PLAN = "plan"
    MISSING_PIECE = "missing_piece"
    PIECE_RECEIVED = "piece_received"
    DECIDE_PLAN = "decide_plan"
    REPLY_TO_PLAN = "reply_to_plan"
    APPOINTMENT = "appointment"
    BOOK = "book"
    RESCHEDULE = "reschedule"
    CANCEL = "cancel"
    OUTCOME = "outcome"
    MEDIATION = "mediation"
    PROBLEM = "problem"
    ANSWER = "answer"


@dataclass(frozen=True)
class Request:
    """``id`` makes a repetition harmless: the same id gets the same answer.

    ``data`` holds JSON values: ids, dates, amounts as decimal strings; what somebody wrote is kept apart, by ``note``.
    """

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


Answer = Callable[["Journey", Request, "World"], tuple["Journey", tuple["Effect", ...], Reply]]
"""How a room answers a request: the new state, its effects, the reply."""
