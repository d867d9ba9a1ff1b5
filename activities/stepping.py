"""The activity that takes a step: rules and effects in one transaction, once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.booking import settle
from activities.committing import Moment, commit, move_weight
from activities.contract import TAKE_STEP, StepOrder, StepResult
from activities.deciding import decide
from activities.projecting import project
from db import agents, journeys, slots
from db.journeys import Stored
from domain.rulebook import NOBODY, Roster, Rulebook
from domain.rules.free_slots import wanted_slots, wants_slots
from domain.rules.term import shown_end
from domain.state import Journey, Phase
from domain.step import Decision

_RESULT = TypeAdapter(StepResult)

CLOCK_SKEW = timedelta(minutes=1)
"""Two machines may disagree by less than this; more means that the journey's clock was skipped forward."""


class Stepping:
    """Takes steps for the journeys of every organisation."""

    def __init__(self, engine: AsyncEngine, rulebook: Rulebook) -> None:
        self._engine = engine
        self._rulebook = rulebook

    @activity.defn(name=TAKE_STEP)
    async def take_step(self, order: StepOrder) -> StepResult:
        """Carry out what is due and answer the requests; a repetition of the same order returns the same result."""
        async with self._engine.begin() as connection:
            stored = await journeys.lock(connection, order.siren)
            if stored is None:
                raise ApplicationError(f"no journey is stored for {order.siren}", non_retryable=True)
            if stored.result and stored.chain == order.chain and stored.step >= order.step:
                return replace(_RESULT.validate_json(stored.result), repeated=True)
            return await self._take(connection, order, stored)

    async def _take(self, connection: AsyncConnection, order: StepOrder, stored: Stored) -> StepResult:
        before = stored.journey
        now = _clock(order, stored)
        decision = await self._decide(connection, order, before, now)
        after = decision.journey
        world = self._rulebook.world(after, now)
        warned = await settle(connection, before, after, world)
        moment = Moment.of(now, stored.wake_at, world.calendar)
        ids = await commit(connection, after, decision.effects + warned, moment)
        await project(connection, before, after)
        result = StepResult(order.step, now, decision.wake_at, tuple(ids), decision.replies)
        await self._save(connection, order, stored, after, result)
        # Last: whoever else gives this agent an enterprise waits from here to the commit.
        await move_weight(connection, before, after, self._rulebook)
        return result

    async def _decide(self, connection: AsyncConnection, order: StepOrder, before: Journey, now: datetime) -> Decision:
        """Decide once more with the free slots in view when they matter: the rules are pure, most steps need none."""
        roster = await self._roster(connection, before, now)
        decision = decide(before, order.requests, now, self._rulebook, roster)
        if not wants_slots(before, decision.journey, order.requests):
            return decision
        wanted = wanted_slots(order.requests)
        await slots.hold(connection, wanted)
        zone = self._rulebook.current[before.organisation].zone
        free = await slots.free(connection, before.organisation, zone, now, wanted=wanted)
        return decide(before, order.requests, now, self._rulebook, roster, free)

    async def _save(
        self, connection: AsyncConnection, order: StepOrder, stored: Stored, after: Journey, result: StepResult
    ) -> None:
        ahead = result.now - datetime.now(UTC)
        await journeys.save(
            connection,
            stored,
            after,
            ends_on=shown_end(after, self._rulebook.world(after, result.now).policy),
            chain=order.chain,
            step=order.step,
            result=_RESULT.dump_json(result).decode(),
            wake_at=result.wake_at,
            ahead_seconds=max(stored.ahead, ahead if ahead > CLOCK_SKEW else timedelta()).total_seconds(),
        )

    async def _roster(self, connection: AsyncConnection, journey: Journey, now: datetime) -> Roster:
        """Who may become referent, read only when one is wanted."""
        organisations = {journey.organisation} if _wants_referent(journey) else set()
        if journey.transfer:
            organisations.add(journey.transfer.to_organisation)
        if not organisations:
            return NOBODY
        days = {name: self._rulebook.current[name].calendar.day_of(now) for name in sorted(organisations)}
        return {name: await agents.present(connection, name, day) for name, day in days.items()}


def _wants_referent(journey: Journey) -> bool:
    return journey.phase is Phase.CANDIDATE or journey.referent_wanted is not None


def _clock(order: StepOrder, stored: Stored) -> datetime:
    """The run's clock, or the journey's when this run started after the journey's was skipped forward."""
    skipped = stored.ahead > CLOCK_SKEW and order.now < stored.clock - CLOCK_SKEW
    now = stored.clock if skipped else order.now
    last = stored.journey.last_step_at
    return max(now, last) if last else now
