"""Who a message goes to and by what, and whether it still holds at the second it leaves (REM-6, COM-1, COM-3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from domain.effects import Purpose, SendMessage
from domain.state import Channel, Contribution, Health, Journey


class Recipient(StrEnum):
    """Whom a message is written to."""

    ENTERPRISE = "enterprise"
    ACCOUNTANT = "accountant"


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
    rows = tuple(_by(channel, effect, journey) for channel in _channels(effect, journey))
    if effect.copy_accountant and journey.accountant:
        rows += (Intention(Channel.MAIL, Recipient.ACCOUNTANT),)
    return rows


def _channels(effect: SendMessage, journey: Journey) -> tuple[Channel, ...]:
    working = tuple(c for c in effect.channels if journey.health(c) is Health.OK)
    others = tuple(c for c in Channel if c not in effect.channels and journey.health(c) is Health.OK)
    return working or others or effect.channels[:1]


def _by(channel: Channel, effect: SendMessage, journey: Journey) -> Intention:
    return Intention(channel, Recipient.ENTERPRISE, _refused(channel, effect.purpose, journey))


def _refused(channel: Channel, purpose: Purpose, journey: Journey) -> str | None:
    if journey.health(channel) is not Health.OK:
        return {
            Health.ABSENT: "aucune coordonnée pour ce canal",
            Health.BAD: "coordonnée en échec",
            Health.REFUSED: "canal refusé par l'entreprise",
        }[journey.health(channel)]
    if purpose is not Purpose.CASE and journey.opted_out(channel, purpose):
        return "l'entreprise a choisi de ne pas recevoir ce type de message par ce canal"
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


def _contribution(message: Outgoing, journey: Journey) -> Contribution | None:
    return journey.contributions.get(message.facts["contribution"])


def _reminder(message: Outgoing, journey: Journey) -> str | None:
    if not journey.is_open:
        return "le parcours est terminé"
    return _about_due(message, journey)


def _about_due(message: Outgoing, journey: Journey) -> str | None:
    known = _contribution(message, journey)
    if known is None or known.due_on is None:
        return None
    if known.settled and message.facts.get("subject_kind") != "declaration":
        return "payé entre-temps"
    if known.due_on != _date(message.facts["due_on"]):
        return "échéance corrigée entre-temps : la correction part à sa place"
    said = _amount(message.facts["amount"])
    if said is not None and known.amount != said:
        return "montant corrigé entre-temps : la correction part à sa place"
    return None


def _announced_end(_: Outgoing, journey: Journey) -> str | None:
    if not journey.is_open:
        return "le parcours est terminé"
    return None if journey.phase == "notice" else "le parcours a été prolongé entre-temps"


def _farewell(_: Outgoing, journey: Journey) -> str | None:
    return "le parcours a repris entre-temps" if journey.is_open else None


_CHECKS: dict[str, Callable[[Outgoing, Journey], str | None]] = {
    "due_reminder": _reminder,
    "due_correction": _about_due,
    "exit_notice": _announced_end,
    "exit_reminder": _announced_end,
    "closed": _farewell,
}


def _date(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)


def _amount(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value)
