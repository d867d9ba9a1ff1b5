"""ENR-6: the initial appointment of an enterprise without accountant, and what prepares an appointment."""

from __future__ import annotations

from collections.abc import Iterator

from domain.cases import Appointment, Slot
from domain.duty import Decided, Duty, World
from domain.effects import OpenTask
from domain.law import QUARTERLY_BELOW
from domain.offers import may_use_tese
from domain.rules.appointments import CONTRACTS, KINDS, offer, open_until
from domain.rules.term import end_of
from domain.state import Journey
from domain.words import day

FORMATS = {
    "in_person": "Sur place : réserver un bureau",
    "phone": "Par téléphone : le conseiller appelle l'entreprise à l'heure dite",
    "video": "En visioconférence : envoyer le lien à l'entreprise avant le rendez-vous",
    "on_site": "Dans l'entreprise : s'en faire confirmer l'adresse avant d'y aller",
}


def duties(journey: Journey, world: World) -> Iterator[Duty]:
    """Offer it once, at the start or on the day the accountant leaves."""
    if not journey.is_open or journey.started_at is None or journey.accountant or "ENR-6" in journey.done:
        return
    if world.today < end_of(journey, world.policy):
        yield Duty(journey.started_at, "ENR-6", _offer)


def _offer(journey: Journey, world: World) -> Decided:
    return offer(journey, "initial", "start", world.now, open_until("initial", world), world)


def preparation(journey: Journey, it: Appointment, slot: Slot, world: World) -> OpenTask:
    """The task that prepares a booked appointment, once more when it moves, with the profile of the enterprise."""
    on, moved = day(world.calendar.day_of(slot.starts_at)), bool(it.sequence)
    return OpenTask(
        rule=KINDS[it.kind].rule,
        summary=f"Préparer le {KINDS[it.kind].label} {'déplacé au' if moved else 'du'} {on} ({slot.agent})",
        key=f"APT-2:prepare:{it.id}" + f":{it.sequence}" * moved,
        task="appointment_preparation",
        due_at=slot.starts_at,
        guidance=(FORMATS.get(it.format or "", "Vérifier la forme du rendez-vous"), *_profile(journey, it, world)),
        about=f"booking:{it.id}:{it.sequence}",
    )


def _profile(journey: Journey, it: Appointment, world: World) -> tuple[str, ...]:
    contracts = ", ".join(CONTRACTS[name] for name in it.contracts)
    return (
        f"Secteur (NAF) : {journey.naf or 'non communiqué'}",
        f"Effectif : {journey.headcount}",
        f"Contrats : {contracts}" if contracts else "À demander : nature des contrats",
        "Questions : écrites par l'entreprise, dans les notes" if it.asks else "À demander : questions en cours",
        *(f"À proposer : {it}" for it in _offers(journey, world)),
    )


def _offers(journey: Journey, world: World) -> Iterator[str]:
    yield "simulateur du coût d'une embauche"
    if journey.headcount < QUARTERLY_BELOW and not journey.quarterly:
        yield "paiement trimestriel des cotisations"
    if not journey.accountant:
        yield "rendez-vous de sécurisation juridique (exonérations)"
    if may_use_tese(journey, world.policy):
        yield "TESE"
