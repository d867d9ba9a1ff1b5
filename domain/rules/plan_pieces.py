"""PLN-3: what the enterprise owes before an answer; the clock is stopped meanwhile, and says so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial

from domain.cases import Plan, PlanStatus
from domain.duty import Decided, Duty, World
from domain.effects import Record
from domain.requests import Reply, Request
from domain.rules import commitments
from domain.rules.plans import CHECKED, PIECES, Answered, clock_of, found, lacking
from domain.state import Journey


def miss_piece(journey: Journey, request: Request, world: World) -> Answered:
    """An agent names a piece the enterprise owes (PLN-3)."""
    plan, piece = found(journey, request), request.data["piece"]
    if isinstance(plan, Reply):
        return journey, (), plan
    if plan.status not in (PlanStatus.REQUESTED, PlanStatus.INCOMPLETE):
        return journey, (), Reply(409, "PLN-3", "Cette demande a déjà sa réponse : aucune pièce ne peut plus manquer.")
    if piece not in PIECES:
        return journey, (), Reply(409, "PLN-3", f"Pièce inconnue. Choisissez parmi : {', '.join(PIECES)}.")
    journey, effects = stop(journey, plan, tuple(dict.fromkeys((*plan.missing, piece))), world.now)
    return journey, effects, Reply(200, "PLN-3", f"Le délai est suspendu : {PIECES[piece]}.")


def receive_piece(journey: Journey, request: Request, world: World) -> Answered:
    """An agent has a piece, or all of them when none is named; the clock goes on once none is missing (PLN-3)."""
    plan, piece = found(journey, request), request.data.get("piece")
    if isinstance(plan, Reply):
        return journey, (), plan
    if plan.status is not PlanStatus.INCOMPLETE or (piece and piece not in plan.missing):
        return journey, (), Reply(409, "PLN-3", "Cette demande n'attend pas cette pièce.")
    still = tuple(it for it in plan.missing if piece and it != piece)
    journey, effects = _provide(plan.id, still, journey, world)
    if still:
        return journey, effects, Reply(200, "PLN-3", f"Il manque encore : {PIECES[still[0]]}.")
    answer_by = journey.commitments[clock_of(plan)].due_at.isoformat()
    return journey, effects, Reply(200, "PLN-3", "Le délai court de nouveau.", {"answer_by": answer_by})


def stop(journey: Journey, plan: Plan, missing: tuple[str, ...], now: datetime) -> Decided:
    """The clock waits for what is missing."""
    incomplete = replace(plan, status=PlanStatus.INCOMPLETE, missing=missing)
    return commitments.pause(journey.with_plan(incomplete), clock_of(plan), now)


def _go_on(journey: Journey, plan: Plan, now: datetime) -> Decided:
    complete = replace(plan, status=PlanStatus.REQUESTED, missing=(), completed_at=now)
    return commitments.resume(journey.with_plan(complete), clock_of(plan), now)


def duties(journey: Journey, _world: World) -> Iterator[Duty]:
    """What the facts show to be there at last is no longer asked for (PLN-3)."""
    for plan in journey.plans.values():
        if plan.status is PlanStatus.INCOMPLETE:
            yield from _provided(journey, plan)


def _provided(journey: Journey, plan: Plan) -> Iterator[Duty]:
    absent = lacking(journey, plan)
    still = tuple(piece for piece in plan.missing if piece in absent or piece not in CHECKED)
    if still == plan.missing:
        return
    since = journey.commitments[clock_of(plan)].paused_at or plan.requested_at
    key = f"PLN-3:{plan.id}:{since.isoformat()}:{'+'.join(still)}"
    yield Duty(since, key, partial(_provide, plan.id, still))


def _provide(plan_id: str, still: tuple[str, ...], journey: Journey, world: World) -> Decided:
    plan = journey.plans[plan_id]
    here = ", ".join(PIECES[piece] for piece in plan.missing if piece not in still)
    known = Record(rule="PLN-3", summary=f"Plus attendu : {here}", label="request")
    if still:
        return journey.with_plan(replace(plan, missing=still)), (known,)
    journey, resumed = _go_on(journey, plan, world.now)
    return journey, (known, *resumed)
