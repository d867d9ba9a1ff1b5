"""Who may end a task: nobody ends what others have to look at, nor a mediation about their own work (MED-1)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from domain.effects import Queue

MEDIATION = "mediation"
FOREIGN_ACCOUNT = "foreign_account"
"""The task of ENR-7, which whoever claims an enterprise has although another organisation follows it."""


class Objection(StrEnum):
    """Why a task is not somebody's to end."""

    ELSEWHERE = "elsewhere"
    """The enterprise is followed by another organisation now (EXT-5)."""

    SUPERVISOR = "supervisor"
    MEDIATOR = "mediator"
    ONLY_MEDIATIONS = "only_mediations"
    ABOUT_ONESELF = "about_oneself"


@dataclass(frozen=True)
class TaskInHand:
    """What counts of a task: ``about`` are the agents who follow or followed the enterprise, ``here`` its place."""

    kind: str
    queue: str
    here: bool
    about: Collection[str | None]


def objection_to(task: TaskInHand, role: str, agent: str | None) -> Objection | None:
    """Why this role, or this person, does not take or end the task; ``None`` when it is theirs."""
    if not task.here and task.kind != FOREIGN_ACCOUNT:
        return Objection.ELSEWHERE
    if task.kind == MEDIATION:
        return _to_mediation(task, role, agent)
    if role == "mediator":
        return Objection.ONLY_MEDIATIONS
    return Objection.SUPERVISOR if role == "agent" and task.queue == Queue.SUPERVISOR else None


def _to_mediation(task: TaskInHand, role: str, agent: str | None) -> Objection | None:
    if role == "agent":
        return Objection.MEDIATOR
    return Objection.ABOUT_ONESELF if agent is not None and agent in task.about else None
