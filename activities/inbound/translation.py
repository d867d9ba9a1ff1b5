"""From a stored event to the fact the rules absorb: personal data stays behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict

from pydantic import ValidationError

from activities.inbound import schemas
from activities.inbound.internal import INTERNAL_TYPES
from domain import facts
from domain.cases import Stage
from domain.meetings import Registration
from domain.phones import takes_sms
from domain.state import CloseReason


@dataclass(frozen=True)
class Envelope:
    """A stored event: ``type`` without prefix, ``data`` as received and valid."""

    id: str
    type: str
    siren: str
    time: datetime
    received_at: datetime
    data: dict[str, Any]


class UnreadableEvent(ValueError):
    """What is stored cannot be read as its type; the message names places, never what stands there."""


class Stamp(TypedDict):
    """What every fact carries."""

    id: str
    at: datetime
    received_at: datetime


def fact_of(event: Envelope) -> facts.Fact:
    """The fact an event is to the rules."""
    data = read_data(event)
    stamp: Stamp = {"id": event.id, "at": event.time, "received_at": event.received_at}
    return _TRANSLATIONS[event.type](event, data, stamp)


def read_data(event: Envelope) -> schemas.EventData:
    """The data of a stored event, as its type shapes it; its texts and numbers are not refused any more.

    Raises :class:`UnreadableEvent`.
    """
    shape = schemas.EVENT_TYPES.get(event.type) or INTERNAL_TYPES.get(event.type)
    if shape is None:
        raise UnreadableEvent(f"no type {event.type} is known to this version")
    try:
        return shape.model_validate(event.data, context=schemas.STORED)
    except ValidationError as error:
        wrong = "; ".join(
            f"/data/{'/'.join(map(str, it['loc']))}: {it['type']}" for it in error.errors(include_url=False)
        )
        raise UnreadableEvent(wrong) from None


def _opened(event: Envelope, data: Any, stamp: Stamp) -> facts.Fact:
    return facts.AccountOpened(
        **stamp,
        siren=event.siren,
        organisation=data.organisation,
        account=data.account,
        opened_on=data.opened_on,
        headcount=data.headcount,
        naf=data.naf,
        quarterly=data.periodicity == "quarterly",
        first_hire_on=data.first_hire_on,
        accountant=data.accountant is not None,
        **_addresses(data.contact),
    )


def _closed(_: Envelope, data: Any, stamp: Stamp) -> facts.Fact:
    return facts.AccountEnded(**stamp, reason=CloseReason.ACCOUNT_CLOSED, on=data.closed_on, account=data.account)


def _procedure(_: Envelope, data: Any, stamp: Stamp) -> facts.Fact:
    return facts.AccountEnded(**stamp, reason=CloseReason.PROCEDURE, on=data.on)


def _transferred(_: Envelope, data: Any, stamp: Stamp) -> facts.Fact:
    return facts.AccountTransferred(**stamp, account=data.account, to_organisation=data.to_organisation, on=data.on)


def _contact(_: Envelope, data: Any, stamp: Stamp) -> facts.Fact:
    return facts.ContactChanged(**stamp, **_addresses(data.contact))


def _corrected(_: Envelope, data: Any, stamp: Stamp) -> facts.Fact:
    known = _addresses(data.contact)
    return facts.ContactCorrected(**stamp, **known, by=data.by, channels=data.channels, proven=data.proven)


def _proposed(_: Envelope, data: Any, stamp: Stamp) -> facts.Fact:
    return facts.AddressesProposed(**stamp, channels=data.channels)


def _addresses(contact: schemas.Contact) -> dict[str, bool]:
    phone = contact.phone
    return {
        "has_mail": contact.email is not None,
        "has_phone": phone is not None,
        "takes_sms": phone is not None and takes_sms(phone),
    }


def _appointed(_: Envelope, __: Any, stamp: Stamp) -> facts.Fact:
    return facts.AccountantChanged(**stamp, appointed=True)


def _dismissed(_: Envelope, __: Any, stamp: Stamp) -> facts.Fact:
    return facts.AccountantChanged(**stamp, appointed=False)


def _headcount(_: Envelope, data: Any, stamp: Stamp) -> facts.Fact:
    return facts.HeadcountChanged(**stamp, headcount=data.headcount, on=data.on)


def _due(_: Envelope, data: Any, stamp: Stamp) -> facts.Fact:
    return facts.ContributionDue(
        **stamp,
        account=data.account,
        period=data.period,
        due_on=data.due_on,
        amount=data.amount,
        employee_share=data.employee_share,
    )


def _payment(_: Envelope, data: Any, stamp: Stamp) -> facts.Fact:
    return facts.PaymentReceived(
        **stamp, account=data.account, period=data.period, amount=data.amount, received_on=data.received_on
    )


def _declared(_: Envelope, data: Any, stamp: Stamp) -> facts.Fact:
    return facts.DeclarationReceived(**stamp, account=data.account, period=data.period, received_on=data.received_on)


def _confirmed(_: Envelope, __: Any, stamp: Stamp) -> facts.Fact:
    return facts.ContactConfirmed(**stamp)


def _preferences(_: Envelope, data: Any, stamp: Stamp) -> facts.Fact:
    return facts.PreferencesChosen(**stamp, opt_outs=data.opt_outs)


def _declined(event: Envelope, _: Any, stamp: Stamp) -> facts.Fact:
    return facts.AccountEnded(**stamp, reason=CloseReason.DECLINED, on=event.time.date())


def _leaving(_: Envelope, data: Any, stamp: Stamp) -> facts.Fact:
    return facts.ReferentLeaving(**stamp, agent=data.agent, reason=data.reason, to=data.to)


def _available(_: Envelope, __: Any, stamp: Stamp) -> facts.Fact:
    return facts.AgentsAvailable(**stamp)


def _freed(_: Envelope, data: Any, stamp: Stamp) -> facts.Fact:
    return facts.SlotFreed(**stamp, appointment=data.appointment)


def _attendance(_: Envelope, data: Any, stamp: Stamp) -> facts.Fact:
    return facts.SlotAttendance(**stamp, slot=data.slot, attended=data.attended)


def _registration(event: Envelope, data: Any, stamp: Stamp) -> facts.Fact:
    return facts.RegistrationChanged(**stamp, registration=Registration(**dict(data), at=event.time))


def _clients(_: Envelope, __: Any, stamp: Stamp) -> facts.Fact:
    return facts.ClientsAsked(**stamp)


def _newsletter(_: Envelope, data: Any, stamp: Stamp) -> facts.Fact:
    return facts.NewsletterPublished(**stamp, newsletter=data.newsletter, title=data.title)


def _opinion(_: Envelope, data: Any, stamp: Stamp) -> facts.Fact:
    return facts.SurveyAnswered(**stamp, moment=data.moment, satisfaction=data.satisfaction)


def _answer_left(_: Envelope, data: Any, stamp: Stamp) -> facts.Fact:
    return facts.AnswerLeft(**stamp, request=data.request)


def _done(_: Envelope, data: Any, stamp: Stamp) -> facts.Fact:
    return facts.TaskDone(**stamp, key=data.key, outcome=data.outcome, again_by=data.again_by)


def _incident(_: Envelope, data: Any, stamp: Stamp) -> facts.Fact:
    return facts.IncidentDetected(
        **stamp,
        account=data.account,
        period=data.period,
        kind=data.kind,
        amount=data.amount,
        employee_share=data.employee_share,
        due_on=data.due_on,
    )


def _cancelled(_: Envelope, data: Any, stamp: Stamp) -> facts.Fact:
    return facts.IncidentCancelled(**stamp, account=data.account, period=data.period, reason=data.reason)


def _served(event: Envelope, data: Any, stamp: Stamp) -> facts.Fact:
    return facts.RecoveryServed(
        **stamp,
        stage=Stage.NOTICE if event.type == "notice.served" else Stage.WRIT,
        account=data.account,
        period=data.period,
        amount=data.amount,
        served_on=data.served_on,
        reply_by=data.reply_by,
    )


def _refund(event: Envelope, data: Any, stamp: Stamp) -> facts.Fact:
    doubled = event.type == "payment.doubled"
    return facts.RefundOwed(**stamp, doubled=doubled, account=data.account, period=data.period, amount=data.amount)


def _remission(_: Envelope, data: Any, stamp: Stamp) -> facts.Fact:
    return facts.RemissionDecided(
        **stamp, account=data.account, period=data.period, granted=data.granted, amount=data.amount
    )


def _proceeding(event: Envelope, data: Any, stamp: Stamp) -> facts.Fact:
    proceeding, _, change = event.type.partition(".")
    opened = change == "opened"
    return facts.ProceedingChanged(**stamp, proceeding=proceeding, reference=data.reference, opened=opened, on=data.on)


_TRANSLATIONS: dict[str, Callable[[Envelope, Any, Stamp], facts.Fact]] = {
    "account.opened": _opened,
    "account.closed": _closed,
    "account.transferred": _transferred,
    "procedure.opened": _procedure,
    "contact.changed": _contact,
    "accountant.appointed": _appointed,
    "accountant.dismissed": _dismissed,
    "headcount.changed": _headcount,
    "contribution.due": _due,
    "payment.received": _payment,
    "declaration.received": _declared,
    "incident.detected": _incident,
    "incident.cancelled": _cancelled,
    "notice.served": _served,
    "writ.served": _served,
    "refund.owed": _refund,
    "payment.doubled": _refund,
    "remission.decided": _remission,
    "audit.opened": _proceeding,
    "audit.closed": _proceeding,
    "appeal.opened": _proceeding,
    "appeal.closed": _proceeding,
    "contact.confirmed": _confirmed,
    "contact.corrected": _corrected,
    "contact.proposed": _proposed,
    "task.done": _done,
    "preferences.chosen": _preferences,
    "journey.declined": _declined,
    "referent.leaving": _leaving,
    "agents.available": _available,
    "slot.freed": _freed,
    "slot.attendance": _attendance,
    "meeting.registration": _registration,
    "newsletter.published": _newsletter,
    "clients.asked": _clients,
    "survey.answered": _opinion,
    "answer.left": _answer_left,
}
