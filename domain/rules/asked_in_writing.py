"""What an enterprise writes and is owed an answer for: one task, one clock, one acknowledgement (ASK-1, MED-1)."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

from domain.duty import World
from domain.effects import Effect, OpenTask, Purpose, Queue, Record, SendMessage
from domain.promises import Commitment, hours
from domain.requests import Reply, Request
from domain.rules.commitments import promise
from domain.state import Journey

Answered = tuple[Journey, tuple[Effect, ...], Reply]


@dataclass(frozen=True)
class Kind:
    """A kind of request: ``name`` stands in its ids, ``words`` names it in French, after « votre »."""

    rule: str
    name: str
    words: str
    task: str
    summary: str
    guidance: tuple[str, ...]
    queue: Queue = Queue.REFERENT


def waiting_request(journey: Journey, kind: Kind) -> Commitment | None:
    """The promise of an answer that a request of this kind still waits for."""
    owed = (it for it in journey.commitments.values() if it.rule == kind.rule and it.is_owed)
    return next(owed, None)


def receive(journey: Journey, request: Request, world: World, kind: Kind) -> Answered:
    """Open the request, or add what is said to the one that waits."""
    waiting = waiting_request(journey, kind)
    if waiting:
        return _added(journey, waiting, kind)
    found = blake2b(f"{kind.name}|{journey.siren}|{request.id}".encode(), digest_size=12).hexdigest()
    key = f"{kind.rule}:{found}"
    answer_by = world.calendar.after(world.now, hours(world.policy.request_answer_hours))
    journey, promised = promise(journey, "request", kind.rule, key, world.now, answer_by)
    effects = (_task(kind, key, world), promised, _acknowledgement(kind, found, world))
    data = {"id": found, "answer_by": answer_by.isoformat()}
    return journey, effects, Reply(201, kind.rule, f"Votre {kind.words} : c'est bien reçu.", data)


def _added(journey: Journey, waiting: Commitment, kind: Kind) -> Answered:
    """One request is open at a time: what is said meanwhile stands on its file, and is answered with it."""
    line = Record(
        rule=kind.rule, summary=f"Précision ajoutée ({kind.words}) : la réponse est attendue", label="request"
    )
    data = {"id": waiting.subject.partition(":")[2], "answer_by": waiting.due_at.isoformat()}
    said = f"Votre {kind.words} attend déjà sa réponse : ce que vous ajoutez y est joint."
    return journey, (line,), Reply(201, kind.rule, said, data)


def _task(kind: Kind, key: str, world: World) -> Effect:
    answer_by = world.calendar.after(world.now, hours(world.policy.request_answer_hours))
    return OpenTask(
        rule=kind.rule,
        summary=kind.summary,
        key=key,
        task=kind.task,
        due_at=world.calendar.last_useful_hour(answer_by),
        queue=kind.queue,
        guidance=(*kind.guidance, "Répondre par écrit : la tâche se termine avec la lettre"),
        about=f"request:{key.partition(':')[2]}",
    )


def _acknowledgement(kind: Kind, found: str, world: World) -> Effect:
    return SendMessage(
        rule=kind.rule,
        summary=f"Accusé de réception : {kind.words}",
        subject=f"{kind.name}:{found}",
        template=f"{kind.name}_received",
        purpose=Purpose.CASE,
        facts={"hours": world.policy.request_answer_hours},
        copy_accountant=True,
        immediate=True,
    )
