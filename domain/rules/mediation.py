"""MED-1: audits and appeals under way, and the mediation that may be asked for."""

from __future__ import annotations

from hashlib import blake2b

from domain.absorption import Absorbed, absorb, noted
from domain.duty import World
from domain.effects import Effect, OpenTask, Purpose, Queue, Record, SendMessage
from domain.facts import ProceedingChanged
from domain.promises import Commitment, hours
from domain.requests import Reply, Request
from domain.rules.commitments import promise
from domain.state import Journey, Phase

NAMES = {"audit": "Contrôle", "appeal": "Recours"}
UNDER_WAY = {
    "audit": "un contrôle est en cours. Attendez sa fin, ou présentez vos observations dans sa procédure",
    "appeal": "un recours est en cours devant la commission de recours amiable. Attendez sa décision",
}


@absorb.register
def _(fact: ProceedingChanged, journey: Journey) -> Absorbed:
    summary = f"{NAMES[fact.proceeding]} {fact.reference} {'ouvert' if fact.opened else 'terminé'}"
    slot = f"{fact.proceeding}:{fact.reference}"
    if not journey.is_newest(slot, fact.at, fact.id):
        return journey, noted("MED-1", summary, fact)
    known = {**journey.proceedings, slot: "open" if fact.opened else "closed"}
    return journey.but(proceedings=known).stamped(slot, fact.at, fact.id), noted("MED-1", summary, fact)


def ask_for_mediation(journey: Journey, request: Request, world: World) -> tuple[Journey, tuple[Effect, ...], Reply]:
    """Open a mediation about how a case was handled, or refuse it with the reason."""
    if journey.phase is Phase.CANDIDATE:
        return journey, (), Reply(409, "MED-1", "Aucun parcours n'est ouvert pour cette entreprise.")
    reason = _obstacle(journey)
    if reason:
        return journey, (), Reply(409, "MED-1", f"La médiation n'est pas ouverte maintenant : {reason}.")
    waiting = waiting_mediation(journey)
    if waiting:
        return _added(journey, waiting)
    mediation = blake2b(f"mediation|{journey.siren}|{request.id}".encode(), digest_size=12).hexdigest()
    key = f"MED-1:{mediation}"
    answer_by = world.calendar.after(world.now, hours(world.policy.request_answer_hours))
    journey, promised = promise(journey, "request", "MED-1", key, world.now, answer_by)
    effects = (_task(key, world), promised, _acknowledgement(mediation, world))
    reply = Reply(
        201, "MED-1", "La demande de médiation est reçue.", {"id": mediation, "answer_by": answer_by.isoformat()}
    )
    return journey, effects, reply


def waiting_mediation(journey: Journey) -> Commitment | None:
    """The promise of an answer that a mediation asked for still waits for."""
    return next((it for it in journey.commitments.values() if it.rule == "MED-1" and it.is_owed), None)


def _added(journey: Journey, waiting: Commitment) -> tuple[Journey, tuple[Effect, ...], Reply]:
    """One request is open at a time: what is said meanwhile stands on its file, and is answered with it."""
    line = Record(rule="MED-1", summary="Précision ajoutée à la demande de médiation en attente", label="request")
    data = {"id": waiting.subject.partition(":")[2], "answer_by": waiting.due_at.isoformat()}
    said = "Votre demande de médiation attend déjà sa réponse : ce que vous ajoutez y est joint."
    return journey, (line,), Reply(201, "MED-1", said, data)


def _obstacle(journey: Journey) -> str | None:
    under_way = {slot.partition(":")[0] for slot, state in journey.proceedings.items() if state == "open"}
    return next((words for proceeding, words in UNDER_WAY.items() if proceeding in under_way), None)


def _task(key: str, world: World) -> Effect:
    answer_by = world.calendar.after(world.now, hours(world.policy.request_answer_hours))
    return OpenTask(
        rule="MED-1",
        summary="Demande de médiation : répondre à l'entreprise et saisir le médiateur",
        key=key,
        task="mediation",
        due_at=world.calendar.last_useful_hour(answer_by),
        queue=Queue.MEDIATOR,
        guidance=(
            "La médiation porte sur la façon dont le dossier a été traité, pas sur la lecture du droit",
            "Sinon, indiquer la commission de recours amiable et son délai de deux mois",
            "Répondre par écrit : la tâche se termine avec la lettre",
        ),
        about=f"request:{key.partition(':')[2]}",
    )


def _acknowledgement(mediation: str, world: World) -> Effect:
    return SendMessage(
        rule="MED-1",
        summary="Demande de médiation : accusé de réception",
        subject=f"mediation:{mediation}",
        template="mediation_received",
        purpose=Purpose.CASE,
        facts={"hours": world.policy.request_answer_hours},
        copy_accountant=True,
        immediate=True,
    )
