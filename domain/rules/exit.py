"""EXT: notice, extension, closing, return, early ends."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any

from domain.absorption import Absorbed, absorb, noted
from domain.duty import Change, Decided, Duty, World
from domain.effects import Effect, Purpose, Record, SendMessage
from domain.facts import AccountEnded, AccountTransferred
from domain.messages import Outgoing, checks
from domain.rules.handover import handover
from domain.rules.referent import TRANSFER, former_of
from domain.rules.surveys import spared
from domain.rules.term import end_of, ends, last_end, next_end, notice_day
from domain.state import Channel, CloseReason, Closing, Journey, Phase, Transfer
from domain.words import day

MIDNIGHT = time(0)
EARLY_ENDS = {
    CloseReason.ACCOUNT_CLOSED: "compte fermé",
    CloseReason.PROCEDURE: "procédure collective ouverte",
    CloseReason.DECLINED: "l'entreprise ne souhaite plus être accompagnée",
}


@absorb.register
def _(fact: AccountEnded, journey: Journey) -> Absorbed:
    if fact.account not in (None, journey.account):
        return journey, noted(
            "EXT-5", f"Compte {fact.account} fermé : le parcours suit le compte {journey.account}", fact
        )
    closing = Closing(fact.reason, fact.on, fact.id)
    known = journey.closing or closing
    earliest = min(known, closing, key=lambda end: (end.on, end.event_id))
    journey = journey.but(closing=earliest, procedure_on=_procedure(fact, journey))
    return journey, noted("EXT-5", f"Fin annoncée : {EARLY_ENDS[fact.reason]}", fact)


def _procedure(fact: AccountEnded, journey: Journey) -> date | None:
    if fact.reason is not CloseReason.PROCEDURE:
        return journey.procedure_on
    return min(fact.on, journey.procedure_on or fact.on)


@absorb.register
def _(fact: AccountTransferred, journey: Journey) -> Absorbed:
    summary = f"Compte {fact.account} transféré à {fact.to_organisation} le {day(fact.on)}"
    if fact.account != journey.account or not journey.is_newest("organisation", fact.at, fact.id):
        return journey, noted("EXT-5", summary, fact)
    transfer = Transfer(fact.to_organisation, fact.on, fact.id)
    return journey.but(transfer=transfer).stamped("organisation", fact.at, fact.id), noted("EXT-5", summary, fact)


def duties(journey: Journey, world: World) -> Iterator[Duty]:
    """The end of the journey, announced and carried out; the farewell once it is closed."""
    if journey.transfer:
        yield _move(journey.transfer, world)
    if journey.is_open and journey.closing:
        yield _early_end(journey, journey.closing, world)
    if journey.is_open:
        yield from _announcement(journey, world)
        yield _term(journey, world)
    elif journey.phase is Phase.CLOSED and journey.closed_at:
        yield _farewell(journey, journey.closed_at, world)


def _move(transfer: Transfer, world: World) -> Duty:
    summary = f"Le parcours continue à {transfer.to_organisation}, avec un nouveau conseiller"
    moved = Record(rule="EXT-5", summary=summary, label="transfer", event_id=transfer.event_id)
    at = world.calendar.at(transfer.on, MIDNIGHT)
    # Two organisations may number their events alike: the way there and the way back are two.
    key = f"EXT-5:transfer:{transfer.event_id}:{transfer.to_organisation}"
    return Duty.of(at, key, (moved,), change=_mover(transfer))


def _mover(transfer: Transfer) -> Change:
    def change(journey: Journey, _: datetime) -> Journey:
        return journey.but(
            organisation=transfer.to_organisation,
            transfer=None,
            policy_version="",
            referent=None,
            former_referent=former_of(journey),
            referent_wanted=TRANSFER,
            referent_changes=journey.referent_changes + 1,
        )

    return change


def _announcement(journey: Journey, world: World) -> Iterator[Duty]:
    end = end_of(journey, world.policy)
    at = max(world.opening(notice_day(journey, world.policy)), journey.started_at or world.now)
    if journey.phase is Phase.ACTIVE:
        yield _phase(at, end)
    onward = next_end(journey, world.policy)
    end_at = world.opening(end)
    yield _told(at, "EXT-1", end, onward, end_at)
    remind_at = world.opening(end - timedelta(days=world.policy.exit_reminder_days))
    if onward and journey.done.get(f"EXT-1:{end}", at) < remind_at:
        yield _told(remind_at, "EXT-3", end, onward, end_at)


def _phase(at: datetime, end: date) -> Duty:
    return Duty(at, f"EXT-1:phase:{end}", partial(_give_notice, end))


def _give_notice(end: date, journey: Journey, _: World) -> Decided:
    notice = Record(rule="EXT-1", summary=f"Le parcours se termine le {day(end)}", label="phase")
    return journey.but(phase=Phase.NOTICE), (notice,)


def _told(at: datetime, rule: str, end: date, onward: date | None, end_at: datetime) -> Duty:
    late = partial(_missed, rule, end)
    return Duty(at, f"{rule}:{end}", partial(_announce, rule, end, onward), end_at, late, in_window=True)


def _announce(rule: str, end: date, onward: date | None, journey: Journey, _: World) -> Decided:
    return journey, (_notice(end, onward, reminder=rule == "EXT-3"),)


def _missed(rule: str, end: date, journey: Journey, _: World) -> Decided:
    said = f"Annonce de la fin du {day(end)} trop tardive : non envoyée"
    return journey, (Record(rule=rule, summary=said, label="skipped"),)


def _notice(end: date, onward: date | None, *, reminder: bool = False) -> Effect:
    offer = f", prolongation possible jusqu'au {day(onward)}" if onward else ""
    facts: dict[str, Any] = {"ends_on": end, "extends_to": onward}
    return SendMessage(
        rule="EXT-3" if reminder else "EXT-1",
        summary=f"{'Rappel : fin' if reminder else 'Fin'} du parcours le {day(end)}{offer}",
        subject=f"{'exit-reminder' if reminder else 'exit-notice'}:{end}",
        template="exit_reminder" if reminder else "exit_notice",
        purpose=Purpose.CASE,
        facts=facts if reminder else {**facts, "can_extend": onward is not None},
        copy_accountant=True,
        critical=True,
    )


def _term(journey: Journey, world: World) -> Duty:
    end = end_of(journey, world.policy)
    at = max(world.opening(end), journey.started_at or world.now)
    return Duty(at, f"EXT-3:end:{end}", partial(_end_of_term, end))


def _end_of_term(end: date, journey: Journey, world: World) -> Decided:
    closed = Record(rule="EXT-3", summary=f"Le parcours se termine, {_length(journey, end)}", label="phase")
    effects = (closed, handover(journey, world, max(end, world.today)))
    return _closer(CloseReason.TERM)(journey, world.now), effects


def _length(journey: Journey, end: date) -> str:
    months = (end.year - journey.opened_on.year) * 12 + end.month - journey.opened_on.month
    return f"{months} mois après l'ouverture du compte"


def _early_end(journey: Journey, closing: Closing, world: World) -> Duty:
    summary = f"Le parcours se termine : {EARLY_ENDS[closing.reason]}"
    closed = Record(rule="EXT-5", summary=summary, label="phase", event_id=closing.event_id)
    effects = (closed, handover(journey, world, world.today))
    at = max(world.opening(closing.on), journey.started_at or world.now)
    return Duty.of(at, f"EXT-5:{closing.event_id}", effects, change=_closer(closing.reason))


def _closer(reason: CloseReason) -> Change:
    return lambda state, now: state.but(phase=Phase.CLOSED, closed_at=now, close_reason=reason, closing=None)


def _farewell(journey: Journey, closed_at: datetime, world: World) -> Duty:
    on = world.calendar.day_of(closed_at)
    message = SendMessage(
        rule="EXT-3" if journey.close_reason is CloseReason.TERM else "EXT-5",
        summary="Message de clôture",
        subject=f"closed:{on}",
        template="closed",
        purpose=Purpose.CASE,
        channels=(Channel.MAIL, Channel.SMS) if journey.close_reason is CloseReason.TERM else (Channel.MAIL,),
        facts={
            "reason": str(journey.close_reason),
            "ends_on": on,
            "can_resume": can_resume(journey, world),
            "survey": journey.close_reason is CloseReason.TERM and not spared(journey, closed_at, world),
        },
        copy_accountant=True,
        critical=True,
    )
    return Duty.of(closed_at, f"EXT-3:closed:{closed_at.isoformat()}", (message,))


def account_ended(journey: Journey) -> CloseReason | None:
    """Why there is no account to follow any more, learnt when the journey closed or since."""
    without = (CloseReason.ACCOUNT_CLOSED, CloseReason.PROCEDURE)
    return next((it for it in ends(journey) if it in without), None)


def can_resume(journey: Journey, world: World) -> bool:
    """A closed journey whose enterprise may still come back (EXT-4)."""
    return not account_ended(journey) and world.today < last_end(journey, world.policy)


@checks("exit_notice", "exit_reminder")
def _announced_end_holds(_: Outgoing, journey: Journey) -> str | None:
    if not journey.is_open:
        return "le parcours est terminé"
    return None if journey.phase is Phase.NOTICE else "le parcours a été prolongé entre-temps"


@checks("closed")
def _farewell_holds(_: Outgoing, journey: Journey) -> str | None:
    return "le parcours a repris entre-temps" if journey.is_open else None
