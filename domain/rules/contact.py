"""COM-1, COM-3 and ENR-5: can the enterprise be reached, by what, and what it refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from domain.absorption import Absorbed, absorb, noted, outdated
from domain.duty import Duty, World
from domain.effects import OpenTask, Purpose, SendAgain
from domain.facts import (
    AccountantChanged,
    AddressFailed,
    ChannelRefused,
    ContactChanged,
    DeliveryFailed,
    DeliveryProved,
    PreferencesChosen,
)
from domain.rules.enrolment import contact_task, with_addresses
from domain.state import Channel, Failure, Health, Journey
from domain.tasks import ends

UNSUBSCRIBED = tuple(f"{Channel.MAIL}:{purpose}" for purpose in (Purpose.REMINDER, Purpose.INFORMATION))
NAMES = {Channel.SMS: "SMS", Channel.MAIL: "mail"}


@absorb.register
def _(fact: ContactChanged, journey: Journey) -> Absorbed:
    summary = "Nouvelles coordonnées de l'entreprise"
    journey = journey.but(confirmed_at=min(fact.at, journey.confirmed_at or fact.at))
    if not journey.is_newest("contact", fact.at, fact.id):
        return journey, outdated("ENR-5", summary, fact)
    return replace(with_addresses(journey, fact), failures=()), noted("ENR-5", summary, fact)


@absorb.register
def _(fact: AccountantChanged, journey: Journey) -> Absorbed:
    summary = "Expert-comptable désigné" if fact.appointed else "L'entreprise n'a plus d'expert-comptable"
    if not journey.is_newest("accountant", fact.at, fact.id):
        return journey, outdated("COM-6", summary, fact)
    changed = journey.but(accountant=fact.appointed).stamped("accountant", fact.at, fact.id)
    return changed, noted("COM-6", summary, fact)


@absorb.register
def _(fact: PreferencesChosen, journey: Journey) -> Absorbed:
    summary = "Préférences de contact choisies par l'entreprise"
    if not journey.is_newest("preferences", fact.at, fact.id):
        return journey, outdated("COM-1", summary, fact)
    unsubscribed_since = not journey.is_newest("refused:mail", fact.at, fact.id)
    opt_outs = {*fact.opt_outs, *(UNSUBSCRIBED if unsubscribed_since else ())}
    chosen = journey.but(opt_outs=tuple(sorted(opt_outs)))
    return chosen.stamped("preferences", fact.at, fact.id), noted("COM-1", summary, fact)


@absorb.register
def _(fact: ChannelRefused, journey: Journey) -> Absorbed:
    summary, refused = f"L'entreprise ne veut plus de {NAMES[fact.channel]}", f"refused:{fact.channel}"
    if journey.is_newest(refused, fact.at, fact.id):
        journey = journey.stamped(refused, fact.at, fact.id)
    overtaking = "contact" if fact.channel is Channel.SMS else "preferences"
    if not journey.is_newest(overtaking, fact.at, fact.id):
        return journey, outdated("COM-1", summary, fact)
    if fact.channel is Channel.SMS:
        journey = journey if journey.sms in (Health.ABSENT, Health.VOICE) else journey.but(sms=Health.REFUSED)
    else:
        journey = journey.but(opt_outs=tuple(sorted({*UNSUBSCRIBED, *journey.opt_outs})))
    return journey, noted("COM-1", summary, fact)


@absorb.register
def _(fact: DeliveryFailed, journey: Journey) -> Absorbed:
    if fact.contact_bad and journey.is_newest("contact", fact.at, fact.id):
        journey = journey.with_health(fact.channel, Health.BAD)
    failure = Failure(fact.subject, fact.failed, fact.tried, fact.critical, fact.at, fact.retry)
    others = tuple(known for known in journey.failures if known.subject != fact.subject)
    lines = noted("COM-3", f"Un message n'a pas pu être remis par {NAMES[fact.channel]}", fact)
    return journey.but(failures=(*others, failure)), lines


@absorb.register
def _(fact: AddressFailed, journey: Journey) -> Absorbed:
    if journey.health(fact.channel) is not Health.OK or not journey.is_newest("contact", fact.at, fact.id):
        return journey, ()
    lines = noted("COM-3", f"L'adresse de l'entreprise ne reçoit plus nos messages par {NAMES[fact.channel]}", fact)
    return journey.with_health(fact.channel, Health.BAD), lines


@absorb.register
def _(fact: DeliveryProved, journey: Journey) -> Absorbed:
    if journey.health(fact.channel) is not Health.BAD or not journey.is_newest("contact", fact.at, fact.id):
        return journey, ()
    lines = noted("COM-3", f"L'entreprise reçoit de nouveau nos messages par {NAMES[fact.channel]}", fact)
    return journey.with_health(fact.channel, Health.OK), lines


def duties(journey: Journey, world: World) -> Iterator[Duty]:
    """React to failures; ask the referent when no channel is left."""
    for failure in journey.failures:
        yield from _reaction(journey, failure, world)
    if journey.is_open and journey.started_at and unreachable(journey):
        _, details = journey.as_of["contact"]
        key = f"ENR-5:unreachable:{details}"
        yield Duty.of(journey.started_at, key, (contact_task(world, world.today, key, f"address:{details}"),))


def unreachable(journey: Journey) -> bool:
    """No channel is left to write to the enterprise."""
    return all(journey.health(channel) is not Health.OK for channel in Channel)


@ends("address", within_journey=True)
def _is_reachable(details: str, journey: Journey) -> str | None:
    return None if unreachable(journey) and journey.as_of["contact"][1] == details else "une adresse est connue"


def _once_more(failure: Failure, channel: Channel) -> Duty:
    summary = f"Nouvel essai par {NAMES[channel]} : le téléphone ne répondait pas"
    again = SendAgain(rule="COM-3", summary=summary, subject=failure.subject, channel=channel)
    return Duty.of(failure.at, f"COM-3:{failure.subject}:{channel}:retry", (again,))


def _reaction(journey: Journey, failure: Failure, world: World) -> Iterator[Duty]:
    if failure.retry:
        yield _once_more(failure, failure.retry)
        return
    untried = [c for c in Channel if c not in failure.tried and journey.health(c) is Health.OK]
    if untried:
        channel = untried[0]
        again = SendAgain(
            rule="COM-3",
            summary=f"Nouvel essai par {NAMES[channel]}",
            subject=failure.subject,
            channel=channel,
            immediate=failure.critical,
        )
        yield Duty.of(failure.at, f"COM-3:{failure.subject}:{channel}", (again,))
    elif failure.critical and set(failure.failed) == set(failure.tried):
        call = OpenTask(
            rule="COM-3",
            summary="Appeler l'entreprise : un message important n'a pas pu lui être remis",
            key=f"COM-3:{failure.subject}",
            task="call",
            due_at=world.closing(world.calendar.add_working_days(world.today, 1)),
            guidance=(
                "Dire ce que le message annonçait : il se lit au dossier",
                "Faire confirmer ou corriger l'adresse et le numéro",
            ),
        )
        yield Duty.of(failure.at, f"COM-3:{failure.subject}:call", (call,))
