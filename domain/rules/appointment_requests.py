"""APT-1 and REG-2: an appointment is asked for."""

from __future__ import annotations

from dataclasses import replace

from domain.cases import Appointment, Incident
from domain.duty import World
from domain.effects import Effect
from domain.promises import hours
from domain.requests import Reply, Request
from domain.rules.appointment_replies import WITHOUT_PHONE, answer
from domain.rules.appointments import KINDS, PHONE, has_phone, is_over, offer, open_until, promised_for
from domain.rules.thresholds import in_strong_growth
from domain.state import Journey, Phase


def ask(journey: Journey, request: Request, world: World) -> tuple[Journey, tuple[Effect, ...], Reply]:
    """Offer the appointment asked for; the one already offered of that kind when there is one."""
    kind, wanted = request.data["kind"], request.data.get("format")
    refusal = _refusal(journey, kind, wanted, world)
    if refusal:
        return journey, (), refusal
    subject = _subject(journey, kind, request)
    effects: tuple[Effect, ...] = ()
    if _standing(journey, kind, world) is None:
        journey, effects = offer(journey, kind, subject, world.now, open_until(kind, world), world)
    found = next(it for it in journey.appointments.values() if it.kind == kind and it.is_offered)
    means = wanted or found.format
    asked = replace(found, format=means, requested=True, requested_at=world.now, starved=False)
    journey, started = _promise(journey.with_appointment(asked), asked, world)
    return journey, effects + started, answer(asked, 201, "Rendez-vous proposé : choisissez un créneau.")


def _promise(journey: Journey, asked: Appointment, world: World) -> tuple[Journey, tuple[Effect, ...]]:
    """An answer already promised is given once; asked again after it, another is."""
    known = journey.commitments.get(asked.commitment or "")
    if known and known.met_at is None:
        return journey, ()
    again = f":{world.now.isoformat()}" if known else ""
    due_at = world.calendar.after(world.now, hours(world.policy.request_answer_hours))
    journey, started = promised_for(journey, asked, "request", f"APT-1:answer:{asked.id}{again}", world.now, due_at)
    return journey, (started,)


def _refusal(journey: Journey, kind: str, wanted: str | None, world: World) -> Reply | None:
    if journey.phase is Phase.CANDIDATE:
        return Reply(409, "ENR-1", "Aucun parcours n'est ouvert pour cette entreprise.")
    if journey.phase is Phase.CLOSED:
        turn = f"Adressez-vous à {world.policy.name}, {world.policy.phone}."
        return Reply(409, "APT-1", f"Le parcours est terminé. {turn}")
    if kind not in KINDS:
        return Reply(409, "APT-1", f"Les rendez-vous sont de nature : {', '.join(KINDS)}.")
    standing = _standing(journey, kind, world)
    if standing and standing.is_booked:
        return answer(standing, 409, "Un rendez-vous de cette nature est déjà pris : déplacez-le s'il ne convient pas.")
    if wanted == PHONE and not has_phone(journey):
        return WITHOUT_PHONE
    return _not_for(journey, kind, world)


def _not_for(journey: Journey, kind: str, world: World) -> Reply | None:
    if KINDS[kind].without_accountant and journey.accountant:
        return Reply(
            409,
            "APT-1",
            "Rendez-vous réservé aux entreprises sans expert-comptable : demandez un rendez-vous ordinaire (other).",
        )
    if kind == "threshold" and not in_strong_growth(journey, world.policy):
        return Reply(
            409,
            "APT-1",
            "Ce rendez-vous accompagne une forte croissance de l'effectif : demandez un rendez-vous ordinaire (other).",
        )
    if kind == "priority" and _difficulty(journey) is None:
        return Reply(409, "APT-3", "Aucun incident n'est en cours : demandez un rendez-vous ordinaire (other).")
    return None


def _standing(journey: Journey, kind: str, world: World) -> Appointment | None:
    return next((it for it in journey.appointments.values() if it.kind == kind and it.stands(world.now)), None)


def _difficulty(journey: Journey) -> Incident | None:
    running = (it for it in journey.incidents.values() if it.is_open and not is_over(journey, it))
    return max(running, key=lambda it: (it.opened_at, it.id), default=None)


def _subject(journey: Journey, kind: str, request: Request) -> str:
    incident = _difficulty(journey) if kind == "priority" else None
    return incident.id if incident else request.id
