"""SVC-1: what was promised on each case, its clock, and what became of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import islice
from operator import attrgetter

from domain.absorption import Absorbed, absorb
from domain.duty import Duty, World
from domain.effects import Effect, OpenTask, Publish, Record
from domain.facts import TaskDone
from domain.promises import Commitment
from domain.rules.calls import UNHEARD, tried
from domain.state import Journey
from domain.tasks import ends

NAMES = {
    "request": "réponse à une demande",
    "refund": "réponse sur un remboursement",
    "plan_answer": "réponse à une demande de délai de paiement",
    "priority_appointment": "rendez-vous prioritaire",
    "amicable_contact": "contact amiable avant une étape de recouvrement",
}

AGAIN = ":again:"


@absorb.register
def _(fact: TaskDone, journey: Journey) -> Absorbed:
    """A task ended keeps no promise of an answer (ASK-2); that nobody was there to hear it is noted."""
    lines: tuple[Effect, ...] = ()
    journey, subject = tried(journey, fact).without_task(fact.key), fact.key.partition(AGAIN)[0]
    if fact.outcome not in UNHEARD:
        return journey, lines
    for commitment in [it for it in journey.commitments.values() if it.subject == subject]:
        journey, more = _unheard(journey, commitment.id, fact.at)
        lines += more
    return journey, lines


def _unheard(journey: Journey, commitment_id: str, at: datetime) -> tuple[Journey, tuple[Effect, ...]]:
    commitment = journey.commitments[commitment_id]
    if commitment.met_at or at in commitment.missed_at:
        return journey, ()
    missed = replace(commitment, missed_at=tuple(sorted((*commitment.missed_at, at))))
    summary = f"Personne n'a été joint, l'engagement court toujours : {NAMES[commitment.kind]}"
    return journey.with_commitment(missed), (Record(rule="SVC-1", summary=summary, label="commitment"),)


def promise(
    journey: Journey, kind: str, rule: str, subject: str, started_at: datetime, due_at: datetime
) -> tuple[Journey, Effect]:
    """Start a clock on a recorded fact."""
    commitment = Commitment(f"{kind}:{subject}", kind, rule, subject, started_at, due_at)
    started = Record(rule="SVC-1", summary=f"Engagement pris : {NAMES[kind]}", label="commitment")
    return journey.with_commitment(commitment), started


def keep(journey: Journey, commitment_id: str, at: datetime) -> tuple[Journey, tuple[Effect, ...]]:
    """Stop a clock: the promise is answered; late when its breach was recorded before."""
    commitment = journey.commitments.get(commitment_id)
    if commitment is None or commitment.met_at:
        return journey, ()
    how = "tenu en retard" if commitment.breached_at else "tenu"
    met = Record(rule="SVC-1", summary=f"Engagement {how} : {NAMES[commitment.kind]}", label="commitment")
    return journey.with_commitment(commitment.met(at)), (met,)


def reopen(journey: Journey, commitment_id: str | None, now: datetime) -> tuple[Journey, tuple[Effect, ...]]:
    """What was offered in time is taken back in time: it is owed again, by the same instant."""
    commitment = journey.commitments.get(commitment_id or "")
    if commitment is None or commitment.met_at is None or now > commitment.due_at:
        return journey, ()
    owed = Record(rule="SVC-1", summary=f"Engagement de nouveau dû : {NAMES[commitment.kind]}", label="commitment")
    return journey.with_commitment(replace(commitment, met_at=None)), (owed,)


def pause(journey: Journey, commitment_id: str, at: datetime) -> tuple[Journey, tuple[Effect, ...]]:
    """Stop counting while the enterprise is the one to answer (PLN-3), or for good when nothing is left to answer."""
    commitment = journey.commitments[commitment_id]
    if commitment.met_at or commitment.paused_at:
        return journey, ()
    paused = Record(rule="SVC-1", summary=f"Délai suspendu : {NAMES[commitment.kind]}", label="commitment")
    return journey.with_commitment(commitment.paused(at)), (paused,)


def resume(journey: Journey, commitment_id: str, at: datetime) -> tuple[Journey, tuple[Effect, ...]]:
    """Count again."""
    commitment = journey.commitments[commitment_id]
    resumed = Record(rule="SVC-1", summary=f"Le délai court de nouveau : {NAMES[commitment.kind]}", label="commitment")
    return journey.with_commitment(commitment.resumed(at)), (resumed,)


def duties(journey: Journey, world: World) -> Iterator[Duty]:
    """Record each breach at the instant of the promise; have an answer that reached nobody tried again.

    Of breaches only the next: the others come after it, and a file may hold hundreds of promises.
    """
    promises = journey.commitments.values()
    by_due_date = sorted((it for it in promises if it.is_running), key=attrgetter("due_at"))
    yield from islice((_breach(it) for it in by_due_date if _breach_key(it) not in journey.done), 1)
    for commitment in [it for it in promises if it.missed_at and (it.is_running or it.is_overdue)]:
        key = f"{commitment.subject}{AGAIN}{len(commitment.missed_at)}"
        if key not in journey.done:
            yield _once_more(commitment, key, world)


def _once_more(commitment: Commitment, key: str, world: World) -> Duty:
    task = OpenTask(
        rule=commitment.rule,
        summary=f"Joindre l'entreprise, qui attend encore : {NAMES[commitment.kind]}",
        key=key,
        task="call",
        due_at=max(
            world.calendar.last_useful_hour(commitment.due_at),
            world.closing(world.calendar.working_day_on_or_after(world.today)),
        ),
        guidance=(
            "Personne n'a été joint jusqu'ici : dire où en est la demande, et quand viendra la réponse",
            "La réponse elle-même part par écrit",
        ),
        about=f"promise:{commitment.id}",
    )
    return Duty.of(commitment.missed_at[-1], key, (task,))


@ends("promise")
def _is_answered(commitment: str, journey: Journey) -> str | None:
    known = journey.commitments[commitment]
    return "la réponse est donnée" if known.met_at else "la demande est sans objet" if known.paused_at else None


def _breach(commitment: Commitment) -> Duty:
    summary = f"Engagement non tenu : {NAMES[commitment.kind]}"
    effects = (
        Record(rule="SVC-1", summary=summary, label="commitment"),
        Publish(
            rule="SVC-1",
            summary=f"{summary} (signalé)",
            type="commitment.breached",
            data={"kind": commitment.kind, "subject": commitment.subject, "due_at": commitment.due_at.isoformat()},
        ),
    )
    return Duty.of(
        commitment.due_at,
        _breach_key(commitment),
        effects,
        change=lambda journey, now: _breached(journey, commitment.id, now),
    )


def _breach_key(commitment: Commitment) -> str:
    return f"SVC-1:{commitment.id}:{commitment.due_at.isoformat()}"


def _breached(journey: Journey, commitment_id: str, now: datetime) -> Journey:
    return journey.with_commitment(replace(journey.commitments[commitment_id], breached_at=now))
