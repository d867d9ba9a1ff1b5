"""ENR-5: contact details corrected by the enterprise, its accountant or an agent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from domain.absorption import Absorbed, absorb, noted, outdated
from domain.duty import Duty, World
from domain.effects import Effect, Publish, Purpose, SendMessage
from domain.facts import AddressesProposed, ContactCorrected
from domain.messages import Recipient
from domain.rules.enrolment import with_addresses
from domain.state import Channel, Correction, Journey, Proposal

CODE_MINUTES = 30
"""How long a code may be answered."""

AUTHORS = {str(Recipient.ENTERPRISE): "l'entreprise", str(Recipient.ACCOUNTANT): "l'expert-comptable"}


@absorb.register
def _(fact: ContactCorrected, journey: Journey) -> Absorbed:
    summary = f"Coordonnées corrigées par {AUTHORS.get(fact.by, fact.by)}"
    if not journey.is_newest("contact", fact.at, fact.id):
        return journey, outdated("ENR-5", summary, fact)
    told = Correction(fact.id, fact.at, fact.by, fact.channels, fact.proven)
    later = journey.confirmed_at if journey.confirmed_at and journey.confirmed_at > fact.at else None
    journey = _with_new_addresses(journey, fact).but(
        failures=(),
        corrected_at=fact.at,
        confirmed_at=fact.at if fact.proven else later,
        corrections=(*journey.corrections, told),
    )
    return journey, noted("ENR-5", summary, fact)


def _with_new_addresses(journey: Journey, fact: ContactCorrected) -> Journey:
    """What is known of an address that stays (a STOP, a failure) still holds."""
    stated = with_addresses(journey, fact)
    for channel in Channel:
        if channel not in fact.channels:
            stated = stated.with_health(channel, journey.health(channel))
    return stated


@absorb.register
def _(fact: AddressesProposed, journey: Journey) -> Absorbed:
    proposal = Proposal(fact.id, fact.at, fact.channels)
    summary = "Nouvelles coordonnées proposées : utilisées une fois leur code saisi"
    return journey.but(proposals=(*journey.proposals, proposal)), noted("ENR-5", summary, fact)


def duties(journey: Journey, _world: World) -> Iterator[Duty]:
    """Tell Urssaf's systems and whoever reads at the new address; send the codes asked for."""
    for correction in journey.corrections:
        key = f"ENR-5:corrected:{correction.id}"
        yield Duty.of(correction.at, key, tuple(_told(correction, journey)), partial(_without, correction.id))
    for proposal in journey.proposals:
        until = proposal.at + timedelta(minutes=CODE_MINUTES)
        key = f"ENR-5:code:{proposal.id}"
        yield Duty.of(proposal.at, key, (_code(proposal),), partial(_without, proposal.id), until=until)


def _without(told: str, journey: Journey, _now: datetime) -> Journey:
    return journey.but(
        corrections=tuple(it for it in journey.corrections if it.id != told),
        proposals=tuple(it for it in journey.proposals if it.id != told),
    )


def _told(correction: Correction, journey: Journey) -> Iterator[Effect]:
    by = correction.by if correction.by in AUTHORS else "agent"
    channels = [str(it) for it in correction.channels]
    yield Publish(
        rule="ENR-5",
        summary="Nouvelles coordonnées signalées aux systèmes de l'Urssaf",
        type="contact.corrected",
        data={"by": by, "channels": channels, "confirmed": correction.proven},
        event_id=correction.id,
    )
    if journey.is_open:
        yield SendMessage(
            rule="ENR-5",
            summary="Coordonnées corrigées : confirmation à l'entreprise",
            subject=f"corrected:{correction.id}",
            template="contact_corrected",
            purpose=Purpose.CASE,
            channels=correction.channels or (Channel.MAIL,),
            facts={"proven": correction.proven, "by": by},
            immediate=True,
            event_id=correction.id,
        )


def _code(proposal: Proposal) -> SendMessage:
    return SendMessage(
        rule="ENR-5",
        summary="Code envoyé aux nouvelles coordonnées",
        subject=f"code:{proposal.id}",
        template="contact_code",
        purpose=Purpose.CASE,
        channels=proposal.channels,
        facts={"proposal": proposal.id, "minutes": CODE_MINUTES},
        immediate=True,
        to_proposed=True,
        valid_until=proposal.at + timedelta(minutes=CODE_MINUTES),
        event_id=proposal.id,
    )
