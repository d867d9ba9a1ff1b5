"""The data of the events that Parcours' own pages and agents store for journeys.

No text is refused here: what it says passed a door already, and an event that cannot be read back stops a journey.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, StringConstraints

from activities.inbound.schemas import Contact, EventData
from domain.meetings import Change
from domain.state import Channel
from domain.texts import mended_line

Kept = Annotated[str, AfterValidator(mended_line)]
"""A line of any length, made readable where an earlier version stored it with control characters."""


class ContactConfirmed(EventData):
    """``contact.confirmed``, from a signed link."""


class ContactCorrected(EventData):
    """``contact.corrected``, by the enterprise, its accountant or an agent (ENR-5)."""

    contact: Contact
    by: Kept
    channels: tuple[Channel, ...]
    proven: bool


class ContactProposed(EventData):
    """``contact.proposed``, from the page of a signed link, known by ``link``: used once its codes are answered."""

    contact: Contact
    by: Kept
    channels: tuple[Channel, ...]
    link: str


class PreferencesChosen(EventData):
    """``preferences.chosen``, from a signed link: what is refused, as ``channel:purpose``."""

    opt_outs: tuple[Annotated[str, StringConstraints(pattern=r"^(sms|mail):(reminder|information)$")], ...]


class JourneyDeclined(EventData):
    """``journey.declined``, from a signed link."""


class ClientsAsked(EventData):
    """``clients.asked``, from the signed link of an accountant's copy."""


class ReferentLeaving(EventData):
    """``referent.leaving``, when an agent departs or is absent for long, or portfolios are shared out anew.

    ``undone`` takes a hand-over back: ``agent`` follows the enterprise again.
    """

    agent: Kept
    reason: Literal["departure", "absence", "reorganisation", "undone"]
    to: Kept | None = None


class AgentsAvailable(EventData):
    """``agents.available``, when an organisation gets a trained agent."""


class TaskDone(EventData):
    """``task.done``, when an agent ends a task."""

    key: str
    outcome: str | None = None
    again_by: AwareDatetime | None = None


class SlotFreed(EventData):
    """``slot.freed``, to the first of those who wait for one (APT-2)."""

    appointment: Kept


class SlotAttendance(EventData):
    """``slot.attendance``, when the agent of a booked slot becomes absent or is back (APT-2)."""

    slot: Kept
    attended: bool


class MeetingRegistration(EventData):
    """``meeting.registration``, when a place in a meeting is taken or given up, or the meeting changes (APT-5)."""

    meeting: Kept
    kind: Kept
    title: Kept
    place: Kept
    starts_at: AwareDatetime
    minutes: int
    change: Change
    sequence: int


class NewsletterPublished(EventData):
    """``newsletter.published``, to the open journeys that an issue is for (REG-1)."""

    newsletter: Kept
    title: Kept


class SurveyAnswered(EventData):
    """``survey.answered``, from a signed link: the mark, never what was written."""

    moment: Kept
    satisfaction: int


class AnswerLeft(EventData):
    """``answer.left``, when a provider took the letter that answers a request (ASK-2)."""

    request: Kept


INTERNAL_TYPES: dict[str, type[EventData]] = {
    "contact.confirmed": ContactConfirmed,
    "contact.corrected": ContactCorrected,
    "contact.proposed": ContactProposed,
    "preferences.chosen": PreferencesChosen,
    "journey.declined": JourneyDeclined,
    "clients.asked": ClientsAsked,
    "referent.leaving": ReferentLeaving,
    "agents.available": AgentsAvailable,
    "task.done": TaskDone,
    "slot.freed": SlotFreed,
    "slot.attendance": SlotAttendance,
    "meeting.registration": MeetingRegistration,
    "newsletter.published": NewsletterPublished,
    "survey.answered": SurveyAnswered,
    "answer.left": AnswerLeft,
}
"""Never accepted from outside."""
