"""A message written at the second it leaves, from the facts of that second (REM-6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from activities.invitations import enclosed
from activities.wording import Filled, fill
from db import ledger
from db.ledger import ACCOUNT_REFUSED
from db.letters import Facts
from domain.calendar import Calendar
from domain.effects import Purpose
from domain.messages import FAILED, LEFT, Outgoing, Recipient, objection
from domain.rulebook import Rulebook
from domain.state import Channel
from domain.stops import in_force
from notifications.links import Links
from notifications.ports import Letter
from notifications.rendering import render

VALID_FOR = timedelta(hours=10)
"""How long a carrier may keep trying: a reminder never lands at night."""

ACCOUNT_AWAITED = 2
"""Working days that a critical letter without an end of its own waits for our account to be put right."""


@dataclass(frozen=True)
class Objection:
    """Why the message does not leave, in French; ``is_owed`` when what it had to say is to be said by a call."""

    reason: str
    is_owed: bool = False


@dataclass(frozen=True)
class Closed:
    """The sending window is closed for that long (COM-2)."""

    opens_in: timedelta


async def write(
    connection: AsyncConnection, row: Row[Any], known: Facts, rulebook: Rulebook, links: Links, now: datetime
) -> Letter | Objection | Closed:
    """The letter as it leaves now, or why it does not."""
    journey = known.stored.journey
    policy = rulebook.world(journey, now).policy
    reason = objection(_outgoing(row), journey, now)
    if reason:
        return Objection(reason, is_owed=row.valid_until is not None and now > row.valid_until)
    if not row.immediate and not policy.calendar.is_open(now):
        return Closed(policy.calendar.next_open(now) - now)
    if _has_waited_for_our_account(row, policy.calendar, now):
        return Objection("notre compte chez le prestataire est refusé depuis trop longtemps", is_owed=True)
    stop = in_force(known.stops, row.rule, now)
    if stop:
        return Objection(stop.said(policy.calendar.zoneinfo), is_owed=row.critical)
    filled = await fill(connection, row, known, policy, links, now)
    if not filled.address.to:
        return Objection("aucune adresse connue pour ce destinataire")
    if await _is_read_there(connection, row, known):
        return Objection("l'expert-comptable et l'entreprise ont la même adresse, qui reçoit déjà cette lettre")
    return _letter(row, filled, filled.address.to, now)


async def _is_read_there(connection: AsyncConnection, row: Row[Any], known: Facts) -> bool:
    """The mailbox of both has the letter for this copy of it, or had the copy before this letter (COM-6)."""
    mine, theirs = (known.person.email, known.person.accountant_email) if known.person else (None, None)
    if row.channel != Channel.MAIL or not mine or not theirs or mine.casefold() != theirs.casefold():
        return False
    if row.recipient == Recipient.ACCOUNTANT:
        originals = await ledger.same_subject(connection, row.siren, row.subject)
        return any(it.channel == Channel.MAIL and it.status not in FAILED for it in originals)
    if row.recipient == Recipient.ENTERPRISE:
        copies = await ledger.same_subject(connection, row.siren, row.subject, Recipient.ACCOUNTANT)
        return any(it.status in LEFT and it.to and it.to.casefold() == mine.casefold() for it in copies)
    return False


def _has_waited_for_our_account(row: Row[Any], calendar: Calendar, now: datetime) -> bool:
    """What matters and has no date of its own is said by another channel or a call, like what comes too late."""
    if not (row.critical and row.valid_until is None and (row.reason or "").startswith(ACCOUNT_REFUSED)):
        return False
    return calendar.day_of(now) > calendar.add_working_days(calendar.day_of(row.queued_at), ACCOUNT_AWAITED)


def _outgoing(row: Row[Any]) -> Outgoing:
    return Outgoing(
        row.template, Purpose(row.purpose), Channel(row.channel), Recipient(row.recipient), row.facts, row.valid_until
    )


def _letter(row: Row[Any], filled: Filled, to: str, now: datetime) -> Letter:
    words = render(row.template, row.channel, filled.context)
    optional = row.purpose != Purpose.CASE and row.recipient == Recipient.ENTERPRISE
    return Letter(
        message_id=str(row.id),
        channel=row.channel,
        to=to,
        to_name=filled.address.name,
        subject=words.subject,
        text=words.text,
        html=words.html,
        valid_for=min(VALID_FOR, row.valid_until - now) if row.valid_until else VALID_FOR,
        unsubscribe_url=filled.context["links"]["preferences"] if optional else None,
        attachment=enclosed(row.template, filled, to, now) if row.channel == Channel.MAIL else None,
    )
