"""ENR: who starts a journey, and the welcome."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from domain.absorption import Absorbed, absorb, noted, outdated
from domain.calendar import add_months
from domain.duty import Duty, World
from domain.effects import Effect, OpenTask, Purpose, Queue, Record, SendMessage
from domain.facts import AccountOpened, ContactChanged, ContactConfirmed
from domain.messages import Outgoing, checks
from domain.obligations import expected_obligations
from domain.offers import may_use_tese
from domain.rules.due_dates import counted_headcount, due_dates
from domain.rules.exit import EARLY_ENDS, account_ended
from domain.rules.term import end_of, notice_day
from domain.state import Channel, Health, Journey, Phase
from domain.tasks import ends
from domain.words import day

HALF_YEAR = timedelta(days=183)
NEAR = timedelta(days=31)
"""A notice so near the welcome is no surprise if the welcome says it."""


def candidate(fact: AccountOpened) -> Journey:
    """The state of an enterprise whose account was just announced: not enrolled yet."""
    journey = Journey(fact.siren, fact.organisation, fact.account, fact.opened_on, announced_at=fact.received_at)
    return _described(journey, fact)


def begun_elsewhere(journey: Journey, fact: AccountOpened) -> Journey:
    """An enterprise that did not enrol, as whoever opens it an account now knows it (ENR-7).

    What was told of its first account stays; a procedure that is open is the enterprise's, whatever the account.
    """
    told = {
        slot: at for slot, at in journey.as_of.items() if slot not in ("account", "headcount", "accountant", "contact")
    }
    moved = journey.but(
        organisation=fact.organisation,
        account=fact.account,
        other_accounts=tuple(sorted({*journey.other_accounts, journey.account} - {fact.account})),
        announced_at=fact.received_at,
        policy_version="",
        closing=None,
        as_of=told,
    )
    return _described(moved, fact)


@absorb.register
def _(fact: AccountOpened, journey: Journey) -> Absorbed:
    summary = f"Ouverture du compte {fact.account} le {day(fact.opened_on)}"
    if fact.account != journey.account:
        others = tuple(sorted({*journey.other_accounts, fact.account}))
        return journey.but(other_accounts=others), noted(
            "ENR-2", f"{summary} : autre compte de la même entreprise, un seul parcours", fact
        )
    if not journey.is_newest("account", fact.at, fact.id):
        return journey, outdated("ENR-2", summary, fact)
    return _described(journey, fact), noted("ENR-1", summary, fact)


def _described(journey: Journey, fact: AccountOpened) -> Journey:
    journey = journey.but(
        opened_on=fact.opened_on,
        naf=fact.naf,
        quarterly=fact.quarterly,
        first_hire_on=fact.first_hire_on,
        headcount_at_opening=fact.headcount,
    ).stamped("account", fact.at, fact.id)
    if journey.is_newest("headcount", fact.at, fact.id):
        journey = journey.but(headcount=fact.headcount).stamped("headcount", fact.at, fact.id)
    if journey.is_newest("accountant", fact.at, fact.id):
        journey = journey.but(accountant=fact.accountant).stamped("accountant", fact.at, fact.id)
    if journey.is_newest("contact", fact.at, fact.id):
        journey = with_addresses(journey, fact)
    return journey


def with_addresses(journey: Journey, fact: AccountOpened | ContactChanged) -> Journey:
    """The addresses an event states; a STOP said after it happened still holds (COM-1)."""
    mail = Health.OK if fact.has_mail else Health.ABSENT
    return journey.but(mail=mail, sms=_texting(journey, fact)).stamped("contact", fact.at, fact.id)


def _texting(journey: Journey, fact: AccountOpened | ContactChanged) -> Health:
    if not fact.has_phone:
        return Health.ABSENT
    if not fact.takes_sms:
        return Health.VOICE
    return Health.OK if journey.is_newest("refused:sms", fact.at, fact.id) else Health.REFUSED


@absorb.register
def _(fact: ContactConfirmed, journey: Journey) -> Absorbed:
    summary = "Coordonnées confirmées par l'entreprise"
    if journey.corrected_at and fact.at < journey.corrected_at:
        return journey, outdated("ENR-5", summary, fact)
    confirmed = min(fact.at, journey.confirmed_at or fact.at)
    return journey.but(confirmed_at=confirmed), noted("ENR-5", summary, fact)


def refusal(journey: Journey, world: World) -> str | None:
    """Why this account does not start a journey, ``None`` when it does (ENR-1)."""
    limit = add_months(journey.opened_on, world.policy.enrol_within_months)
    if world.today > limit:
        return f"compte ouvert le {day(journey.opened_on)}, il y a plus de {world.policy.enrol_within_months} mois"
    ended = account_ended(journey)
    if ended and journey.closing and journey.closing.on <= world.today:
        return EARLY_ENDS[ended]
    if journey.headcount < 1 and journey.first_hire_on is None:
        return "aucun salarié déclaré ; une première embauche ouvrira le parcours"
    return None


def duties(journey: Journey, world: World) -> Iterator[Duty]:
    """The enrolment, then the welcome and the confirmation of contact details."""
    if journey.phase is Phase.CANDIDATE:
        yield _enrolment(journey, world)
    elif journey.is_open and journey.started_at:
        if "ENR-4" not in journey.done:
            yield Duty.of(journey.started_at, "ENR-4", (_welcome(journey, world),))
        yield from _first_month(journey, world)
        if not _are_checked(journey) and "ENR-5:task" not in journey.done:
            yield from _confirmation(journey.started_at, world)


def _enrolment(journey: Journey, world: World) -> Duty:
    key = f"ENR-1:{journey.account}:{journey.opened_on}:{journey.headcount}:{journey.first_hire_on}"
    reason = refusal(journey, world)
    if reason:
        refused = Record(rule="ENR-1", summary=f"Pas de parcours : {reason}", label="refused")
        return Duty.of(journey.announced_at, key, (refused,))
    started = Record(rule="ENR-1", summary="Le parcours attentionné commence", label="phase")
    return Duty.of(journey.announced_at, key, (started,), change=_start)


def _start(journey: Journey, now: datetime) -> Journey:
    return journey.but(phase=Phase.ACTIVE, started_at=now, referent_wanted="start")


def first_due(journey: Journey, world: World) -> date | None:
    """The first due date ahead of the enterprise, stated or legal."""
    return min((due.due_on for due in due_dates(journey, world)), default=None)


def first_payment(journey: Journey, world: World) -> date | None:
    """The first payment ahead of a quarterly payer, who declares before it."""
    if not journey.quarterly:
        return None
    stated = (due.due_on for due in due_dates(journey, world) if due.kind != "declaration")
    return min(stated, default=None) or _first_legal_payment(journey, world)


def _first_legal_payment(journey: Journey, world: World) -> date | None:
    eve, until = world.today - timedelta(days=1), world.today + HALF_YEAR
    headcount = counted_headcount(journey)
    legal = expected_obligations(journey.hired_on, headcount, journey.quarterly, eve, until, world.calendar)
    return next((it.due.due_on for it in legal if it.kind != "declaration"), None)


def starts_late(journey: Journey, world: World) -> bool:
    """The account was opened long before: nobody is congratulated on a first hire any more."""
    start = world.calendar.day_of(journey.started_at or world.now)
    return start > journey.opened_on + timedelta(days=world.policy.late_welcome_days)


def _ends_soon(journey: Journey, world: World) -> date | None:
    """The end of a journey whose notice is about to follow, told with the welcome."""
    near = notice_day(journey, world.policy) <= world.today + NEAR
    return end_of(journey, world.policy) if near else None


def _welcome(journey: Journey, world: World) -> Effect:
    return SendMessage(
        rule="ENR-4",
        summary="Mail de bienvenue : conseiller, obligations, services, engagements",
        subject="welcome",
        template="welcome",
        purpose=Purpose.CASE,
        channels=(Channel.MAIL,),
        facts={
            "first_due": first_due(journey, world),
            "first_payment": first_payment(journey, world),
            "late": starts_late(journey, world),
            "ends_on": _ends_soon(journey, world),
            "has_accountant": journey.accountant,
            "tese": may_use_tese(journey, world.policy),
            "headcount": journey.headcount,
        },
        copy_accountant=True,
    )


def _first_month(journey: Journey, world: World) -> Iterator[Duty]:
    # CSS L130-1: whether the freeze applies to a firm at 11 or more in its very first month is open; a person answers.
    if journey.headcount_at_opening >= 11 and journey.started_at:
        due_at = world.closing(world.calendar.add_working_days(world.calendar.day_of(journey.started_at), 5))
        summary = f"Effectif de {journey.headcount_at_opening} dès l'ouverture : expliquer les seuils à l'entreprise"
        task = OpenTask(
            rule="THR-1",
            summary=summary,
            key="THR-1:opening",
            task="call",
            due_at=due_at,
            guidance=(
                "Présenter ce qui s'applique à cet effectif : fiches 11, 20 et 50 salariés",
                "Demander si l'entreprise a repris une activité ou du personnel",
                "Ne pas promettre le gel de cinq ans : il reste à vérifier pour un effectif atteint dès l'ouverture",
            ),
        )
        yield Duty.of(journey.started_at, "THR-1:opening", (task,))


def _are_checked(journey: Journey) -> bool:
    """Confirmed, or put right by somebody who knew them."""
    return journey.confirmed_at is not None or journey.corrected_at is not None


def _confirmation(started_at: datetime, world: World) -> Iterator[Duty]:
    start = world.calendar.day_of(started_at)
    remind_at = world.opening(start + timedelta(days=world.policy.confirm_reminder_days))
    task_on = start + timedelta(days=world.policy.confirm_task_days)
    task_at = world.opening(task_on)
    skipped = Record(rule="ENR-5", summary="Rappel des coordonnées trop tardif : non envoyé", label="skipped")
    yield Duty.of(remind_at, "ENR-5:reminder", (_reminder(),), until=task_at, late=(skipped,))
    yield Duty(task_at, "ENR-5:task", lambda it, now: (it, (_unconfirmed(now, task_on),)))


def _unconfirmed(world: World, since: date) -> OpenTask:
    return contact_task(world, max(since, world.today), "ENR-5:unconfirmed", "confirmation")


def _reminder() -> SendMessage:
    return SendMessage(
        rule="ENR-5",
        summary="Coordonnées non confirmées : rappel par l'autre canal",
        subject="confirm-contact",
        template="confirm_contact",
        purpose=Purpose.CASE,
        channels=(Channel.SMS,),
    )


def contact_task(world: World, opened_on: date, key: str, about: str) -> OpenTask:
    """The task that asks the referent to find how to reach the enterprise (ENR-5, COM-3)."""
    return OpenTask(
        rule="ENR-5",
        summary="Coordonnées à vérifier avec l'entreprise",
        key=key,
        task="contact",
        due_at=world.closing(world.calendar.add_working_days(opened_on, 5)),
        queue=Queue.REFERENT,
        guidance=("Chercher un numéro ou une adresse valables", "Faire confirmer les coordonnées"),
        about=about,
    )


@ends("confirmation", within_journey=True)
def _is_confirmed(_: str, journey: Journey) -> str | None:
    if journey.confirmed_at:
        return "coordonnées confirmées"
    return "coordonnées corrigées" if journey.corrected_at else None


@checks("confirm_contact")
def _details_are_unconfirmed(_: Outgoing, journey: Journey) -> str | None:
    return "coordonnées confirmées entre-temps" if _are_checked(journey) else None
