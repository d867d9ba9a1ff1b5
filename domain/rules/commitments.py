"""SVC-1: what was promised on each case, its clock, and what became of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from domain.absorption import Absorbed, absorb
from domain.cases import Commitment
from domain.duty import Duty, World
from domain.effects import Effect, Publish, Record
from domain.facts import TaskDone
from domain.state import Journey

NAMES = {
    "request": "réponse à une demande",
    "refund": "réponse sur un remboursement",
    "plan_answer": "réponse à une demande de délai de paiement",
    "priority_appointment": "rendez-vous prioritaire",
    "amicable_contact": "contact amiable avant une étape de recouvrement",
}


@absorb.register
def _(fact: TaskDone, journey: Journey) -> Absorbed:
    """The promise whose subject is a task is answered with it."""
    lines: tuple[Effect, ...] = ()
    journey = journey.without_tasks((fact.key,))
    for commitment in journey.commitments.values():
        if commitment.subject == fact.key:
            journey, more = keep(journey, commitment.id, fact.at)
            lines += more
    return journey, lines


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


def pause(journey: Journey, commitment_id: str, at: datetime) -> tuple[Journey, tuple[Effect, ...]]:
    """Stop counting while the enterprise is the one to answer (PLN-3)."""
    commitment = journey.commitments[commitment_id]
    paused = Record(rule="SVC-1", summary=f"Délai suspendu : {NAMES[commitment.kind]}", label="commitment")
    return journey.with_commitment(commitment.paused(at)), (paused,)


def resume(journey: Journey, commitment_id: str, at: datetime) -> tuple[Journey, tuple[Effect, ...]]:
    """Count again."""
    commitment = journey.commitments[commitment_id]
    resumed = Record(rule="SVC-1", summary=f"Le délai court de nouveau : {NAMES[commitment.kind]}", label="commitment")
    return journey.with_commitment(commitment.resumed(at)), (resumed,)


def duties(journey: Journey, _world: World) -> Iterator[Duty]:
    """Record each breach at the instant of the promise."""
    for commitment in journey.commitments.values():
        if commitment.is_running:
            yield _breach(commitment)


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
    return Duty(
        commitment.due_at,
        f"SVC-1:{commitment.id}:{commitment.due_at.isoformat()}",
        effects,
        change=lambda journey, now: _breached(journey, commitment.id, now),
    )


def _breached(journey: Journey, commitment_id: str, now: datetime) -> Journey:
    return journey.with_commitment(replace(journey.commitments[commitment_id], breached_at=now))
