"""Who a message goes to and by what, and whether it still holds at the second it leaves (REM-6, COM-1, COM-3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from domain.effects import Purpose, SendMessage
from domain.state import Channel, Health, Journey


class Recipient(StrEnum):
    """Whom a message is written to."""

    ENTERPRISE = "enterprise"
    ACCOUNTANT = "accountant"
    PROPOSED = "proposed"
    """Whoever reads at an address that the enterprise says is its own, and that is not used yet (ENR-5)."""


LEFT = ("sent", "delivered")
FAILED = ("failed", "dropped")
"""Statuses of a message that left, and of one that never will."""

OPTED_OUT = "l'entreprise a choisi de ne pas recevoir ce type de message par ce canal"
STOPPED = "canal refusé par l'entreprise"
WITHOUT_ADDRESS = "aucune coordonnée pour ce canal"
BAD_ADDRESS = "coordonnée en échec"
NO_SMS = "numéro qui ne reçoit pas de SMS"

CHOSEN = (OPTED_OUT, STOPPED)
"""Why nothing leaves by a channel: the enterprise does not want it."""

OUT_OF_REACH = (WITHOUT_ADDRESS, BAD_ADDRESS, NO_SMS)
"""Why nothing leaves by a channel: it leads nowhere."""

Check = Callable[["Outgoing", Journey], str | None]
_CHECKS: dict[str, Check] = {}


def checks(*templates: str) -> Callable[[Check], Check]:
    """Register what a room asks of its templates at the second of sending: the reason to drop, or ``None``."""

    def register(check: Check) -> Check:
        _CHECKS.update(dict.fromkeys(templates, check))
        return check

    return register


@dataclass(frozen=True)
class Intention:
    """One row of the ledger to be: a channel, a recipient, or the reason why nothing leaves."""

    channel: Channel
    recipient: Recipient
    dropped: str | None = None


@dataclass(frozen=True)
class Outgoing:
    """A message about to leave; ``facts`` is what it says."""

    template: str
    purpose: Purpose
    channel: Channel
    recipient: Recipient
    facts: dict[str, Any]
    valid_until: datetime | None = None


def intentions(effect: SendMessage, journey: Journey) -> tuple[Intention, ...]:
    """The rows of one effect: the channels asked for that work, or the other one, and the accountant's copy."""
    if effect.to_proposed:
        return tuple(Intention(channel, Recipient.PROPOSED) for channel in effect.channels)
    copies = (Intention(Channel.MAIL, Recipient.ACCOUNTANT),) if journey.accountant else ()
    if effect.only_accountant:
        return copies
    rows = tuple(_by(channel, effect, journey) for channel in _channels(effect, journey))
    return rows + copies if effect.copy_accountant else rows


def _channels(effect: SendMessage, journey: Journey) -> tuple[Channel, ...]:
    working = tuple(c for c in effect.channels if journey.health(c) is Health.OK)
    others = tuple(c for c in Channel if c not in effect.channels and journey.health(c) is Health.OK)
    return working or others or effect.channels[:1]


def _by(channel: Channel, effect: SendMessage, journey: Journey) -> Intention:
    return Intention(channel, Recipient.ENTERPRISE, _refused(channel, effect.purpose, journey))


def _refused(channel: Channel, purpose: Purpose, journey: Journey) -> str | None:
    if journey.health(channel) is not Health.OK:
        return {
            Health.ABSENT: WITHOUT_ADDRESS,
            Health.BAD: BAD_ADDRESS,
            Health.REFUSED: STOPPED,
            Health.VOICE: NO_SMS,
        }[journey.health(channel)]
    if purpose is not Purpose.CASE and journey.opted_out(channel, purpose):
        return OPTED_OUT
    return None


def objection(message: Outgoing, journey: Journey, now: datetime) -> str | None:
    """Why a message no longer holds now, in French; ``None`` when it may leave."""
    if message.valid_until is not None and now > message.valid_until:
        return "trop tard pour être utile"
    if message.recipient is Recipient.ACCOUNTANT and not journey.accountant:
        return "l'expert-comptable ne suit plus l'entreprise"
    if message.recipient is Recipient.ENTERPRISE:
        refused = _refused(message.channel, message.purpose, journey)
        if refused:
            return refused
    check = _CHECKS.get(message.template)
    return check(message, journey) if check else None
