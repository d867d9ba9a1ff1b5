"""ASK-2: what was asked is answered in writing; the clock stops when the answer has left, never by a tick."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from domain.absorption import Absorbed, absorb, noted
from domain.authority import MEDIATION, TaskInHand
from domain.cases import Answer, PlanStatus
from domain.duty import World
from domain.effects import Effect, Purpose, Queue, Record, SendMessage
from domain.facts import AnswerLeft
from domain.promises import Commitment
from domain.requests import Ask, Reply, Request
from domain.rules.commitments import keep
from domain.state import Channel, Journey
from domain.tasks import ends

Answered = tuple[Journey, tuple[Effect, ...], Reply]

REFUND, APPOINTMENT, REMISSION, PROBLEM = "refund", "appointment", "remission", "problem"
KINDS = {"MED-1": MEDIATION, "INC-11": REFUND, "ASK-1": PROBLEM}
WORDS = {
    MEDIATION: "votre demande de médiation",
    REFUND: "votre remboursement",
    APPOINTMENT: "votre demande de rendez-vous",
    REMISSION: "la remise de vos majorations",
    PROBLEM: "le problème que vous avez signalé",
}
"""What is answered, in French."""


PROMISED = ("request", "refund")
"""Kinds of promises that are made of an answer in writing."""


class Asked(NamedTuple):
    """Something asked that is owed an answer: its id, a key of ``WORDS``, its promise when one was made."""

    id: str
    kind: str
    commitment: Commitment | None


def requests_of(journey: Journey) -> Iterator[Asked]:
    """What was asked of an organisation, answered or not; asked again, it is the newest."""
    known: dict[str, Asked] = {}
    for commitment in journey.commitments.values():
        if commitment.kind in PROMISED:
            asked = _asked(commitment)
            known[asked.id] = asked
    for work in journey.tasks.values():
        kind, _, what = work.about.partition(":")
        if kind == REMISSION:
            known[what] = Asked(what, REMISSION, None)
    yield from known.values()


def request_of(journey: Journey, id_: str) -> Asked | None:
    """The request of that id, found without reading the others: a file may hold hundreds."""
    ids = (f"{kind}:{rule}:{id_}" for kind in PROMISED for rule in KINDS)
    promised = next((it for it in map(journey.commitments.get, ids) if it), None)
    if promised:
        return _asked(promised)
    remission = f"{REMISSION}:{id_}"
    if any(it.about == remission for it in journey.tasks.values()):
        return Asked(id_, REMISSION, None)
    named = (it for it in reversed(journey.commitments.values()) if id_ in it.subject and it.kind in PROMISED)
    return next((it for it in map(_asked, named) if it.id == id_), None)


def _asked(commitment: Commitment) -> Asked:
    rule, _, rest = commitment.subject.partition(":")
    if rule in KINDS:
        return Asked(rest, KINDS[rule], commitment)
    return Asked(rest.removeprefix("answer:").partition(":")[0], APPOINTMENT, commitment)


def is_answered(journey: Journey, asked: Asked) -> bool:
    """In writing, or by the deed itself: an appointment offered."""
    known = journey.answers.get(asked.id)
    if asked.commitment is None:
        return known is not None or asked.id in journey.remissions
    written = known is not None and known.at >= asked.commitment.started_at
    return written or asked.commitment.met_at is not None


def in_hand(journey: Journey, asked: Asked) -> TaskInHand:
    """The task of a request, as ``domain.authority`` looks at it: who may end it may answer it."""
    queue = Queue.MEDIATOR if asked.kind == MEDIATION else Queue.REFERENT
    return TaskInHand(asked.kind, queue, True, (journey.referent, journey.former_referent))


def answer(journey: Journey, request: Request, world: World) -> Answered:
    """Write to the enterprise what is answered; its text is kept apart, under a note."""
    asked = request_of(journey, request.data["request"])
    if asked is None:
        return journey, (), Reply(404, "ASK-2", "Cette demande est inconnue.")
    if is_answered(journey, asked):
        return journey, (), Reply(409, "ASK-2", "Cette demande a déjà sa réponse.")
    given = Answer(asked.id, asked.kind, str(request.data["note"]), world.now, request.data["by"])
    line = Record(rule="ASK-2", summary=f"Réponse écrite : {WORDS[asked.kind]}", label="decision")
    journey = journey.but(answers={**journey.answers, asked.id: given})
    return journey, (line, _letter(given)), Reply(200, "ASK-2", "La réponse part par écrit.", {"id": asked.id})


def _letter(given: Answer) -> SendMessage:
    return SendMessage(
        rule="ASK-2",
        summary=f"Réponse à l'entreprise : {WORDS[given.kind]}",
        subject=f"answer:{given.request}:{given.at.isoformat()}",
        template="request_answer",
        purpose=Purpose.CASE,
        channels=(Channel.MAIL,),
        facts={"request": given.request, "what": WORDS[given.kind], "note": given.note},
        copy_accountant=True,
        immediate=True,
        critical=True,
    )


@absorb.register
def _(fact: AnswerLeft, journey: Journey) -> Absorbed:
    given = journey.answers.get(fact.request)
    if given is None or given.left_at:
        return journey, ()
    lines = noted("ASK-2", f"Réponse partie : {WORDS[given.kind]}", fact)
    journey = journey.but(answers={**journey.answers, given.request: replace(given, left_at=fact.at)})
    for asked in requests_of(journey):
        if asked.id == given.request and asked.commitment:
            journey, kept = keep(journey, asked.commitment.id, fact.at)
            lines += kept
    return journey, lines


def request_named(journey: Journey, key: str) -> str | None:
    """The id of the request that the task of that key is to answer in writing, ``None`` when it is not."""
    for asked in requests_of(journey):
        if asked.commitment and asked.commitment.subject == key and not is_answered(journey, asked):
            return asked.id
    work = journey.tasks.get(key)
    kind, _, what = work.about.partition(":") if work and not work.over else ("", "", "")
    return what if kind == REMISSION else None


def owed_deed(journey: Journey, key: str) -> str | None:
    """Why the task of that key cannot be ended by a tick, in French: its answer or its deed is still owed (ASK-2)."""
    for asked in requests_of(journey):
        if asked.commitment and asked.commitment.subject == key and not is_answered(journey, asked):
            return f"La réponse à {WORDS[asked.kind]} est encore due : écrivez-la (ASK-2)."
    rule, _, rest = key.partition(":")
    if rule == "PLN-4" and _awaits_decision(journey, rest):
        return "Cette demande de délai attend sa décision : accordez, contre-proposez ou refusez (ASK-2)."
    if key.startswith("APT-2:outcome:") and _awaits_outcome(journey, key.removeprefix("APT-2:outcome:")):
        return "Dites si ce rendez-vous a été tenu ou manqué : c'est ce qui termine la tâche (ASK-2)."
    work = journey.tasks.get(key)
    if work and work.about.startswith(f"{REMISSION}:") and not work.over:
        return f"La décision sur {WORDS[REMISSION]} est encore due : écrivez-la (ASK-2)."
    return None


def _awaits_decision(journey: Journey, rest: str) -> bool:
    plan = journey.plans.get(rest.partition(":")[0])
    return plan is not None and plan.status is PlanStatus.REQUESTED


def _awaits_outcome(journey: Journey, rest: str) -> bool:
    appointment, _, sequence = rest.rpartition(":")
    it = journey.appointments.get(appointment)
    return it is not None and it.is_booked and str(it.sequence) == sequence


@ends("request", deeds=(Ask.ANSWER, Ask.APPOINTMENT))
def _is_settled(request: str, journey: Journey) -> str | None:
    asked = request_of(journey, request)
    return "la réponse est donnée par écrit" if asked and is_answered(journey, asked) else None


@ends(REMISSION, deeds=(Ask.ANSWER,))
def _is_decided(request: str, journey: Journey) -> str | None:
    return "la décision est dite par écrit" if request in journey.answers or request in journey.remissions else None
