"""What the rules decide. Each effect names its rule and is one line of the timeline."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from domain.state import Channel


class Purpose(StrEnum):
    """Why a message is sent; ``case`` is owed to a running case or by law and has no opt-out (COM-1)."""

    REMINDER = "reminder"
    INFORMATION = "information"
    CASE = "case"


class Queue(StrEnum):
    """Who a task is for."""

    REFERENT = "referent"
    SUPERVISOR = "supervisor"
    MEDIATOR = "mediator"
    COMMON_LAW = "common_law"


@dataclass(frozen=True, kw_only=True)
class Effect:
    """``rule`` decided it, ``summary`` is French for the timeline, ``event_id`` the event behind it if any."""

    rule: str
    summary: str
    event_id: str | None = None

    @property
    def kind(self) -> str:
        """The timeline's word for it."""
        return "record"


@dataclass(frozen=True, kw_only=True)
class SendMessage(Effect):
    """One intention to tell the enterprise something; ``subject`` makes it unique with the rule and channel.

    ``only_accountant``: it is written to the accountant instead. ``to_proposed``: to addresses not used yet (ENR-5).
    """

    subject: str
    template: str
    purpose: Purpose
    channels: tuple[Channel, ...] = (Channel.SMS, Channel.MAIL)
    facts: dict[str, Any] = field(default_factory=dict)
    copy_accountant: bool = False
    only_accountant: bool = False
    to_proposed: bool = False
    immediate: bool = False
    critical: bool = False
    valid_until: datetime | None = None

    @property
    def kind(self) -> str:
        """The timeline's word for it."""
        return "message"


@dataclass(frozen=True, kw_only=True)
class SendAgain(Effect):
    """A message already written, by the channel not yet tried or once more by the same (COM-3)."""

    subject: str
    channel: Channel
    immediate: bool = False

    @property
    def kind(self) -> str:
        """The timeline's word for it."""
        return "message"


@dataclass(frozen=True, kw_only=True)
class OnTask(Effect):
    """What happens to a task; ``key`` is unique in the journey."""

    key: str

    @property
    def kind(self) -> str:
        """The timeline's word for it."""
        return "task"


@dataclass(frozen=True, kw_only=True)
class OpenTask(OnTask):
    """A piece of work for an agent, due at ``due_at``.

    ``about``: what it is for (``domain.tasks``); it is closed once that is over. ``None``: only an agent ends it.
    ``to_accountant``: a call to the accountant and not to the enterprise.
    """

    task: str
    due_at: datetime
    queue: Queue = Queue.REFERENT
    guidance: tuple[str, ...] = ()
    about: str | None = None
    to_accountant: bool = False

    @property
    def is_call(self) -> bool:
        """Whether it asks to call the enterprise."""
        return self.task == "call" and not self.to_accountant


@dataclass(frozen=True, kw_only=True)
class CloseTask(OnTask):
    """An open task lost its object, ``why`` is French for the agent; or ``done_by`` did what it asked for."""

    why: str
    done_by: str | None = None


@dataclass(frozen=True, kw_only=True)
class ReopenTask(OnTask):
    """A task that was closed for want of an object has one again."""


@dataclass(frozen=True, kw_only=True)
class Publish(Effect):
    """An event out for subscribers; ``type`` without prefix, ``data`` of JSON values without personal data."""

    type: str
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """The timeline's word for it."""
        return "published"


@dataclass(frozen=True, kw_only=True)
class Record(Effect):
    """A fact or a decision worth a line, nothing more."""

    label: str = "record"

    @property
    def kind(self) -> str:
        """The timeline's word for it."""
        return self.label
