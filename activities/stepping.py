"""The activity that takes a step: rules and effects in one transaction, once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.absorbing import catch_up
from activities.booking import follow, is_settled, settle
from activities.committing import Moment, commit, is_plain, move_tasks, move_weight, moved_weights, written
from activities.contract import TAKE_STEP, DeliveryOrder, StepOrder, StepResult
from activities.deciding import decide
from activities.delivering import Left
from activities.projecting import is_projected, project
from db import agents, journeys, ledger, slots, steps
from db.grouping import Grouped
from db.journeys import Stored
from db.steps import Saved
from domain.requests import Reply
from domain.rulebook import NOBODY, Roster, Rulebook
from domain.rules.free_slots import wanted_slots, wants_slots
from domain.rules.term import shown_end
from domain.state import Journey, Phase
from domain.step import Decision

AtOnce = Callable[[DeliveryOrder], Awaitable[Left]]

_RESULT = TypeAdapter(StepResult)

CLOCK_SKEW = timedelta(minutes=1)
"""Two machines may disagree by less than this; more means that the journey's clock was skipped forward."""


@dataclass(frozen=True)
class Taken:
    """A step decided upon and not yet saved."""

    order: StepOrder
    stored: Stored
    now: datetime
    decision: Decision

    @property
    def after(self) -> Journey:
        """The state it leaves."""
        return self.decision.journey


class Stepping:
    """Takes steps for the journeys of every organisation.

    Steps asked for while a transaction runs are taken together by the next one, when they write no more than their own
    rows, as nearly all do; the others each in a transaction of its own.
    """

    def __init__(self, engine: AsyncEngine, rulebook: Rulebook, at_once: AtOnce | None = None) -> None:
        """``at_once`` delivers the messages that a step decides, as long as nobody waits for the step's answer."""
        self._engine = engine
        self._rulebook = rulebook
        self._at_once = at_once
        self._together = Grouped(self._take_together)

    @activity.defn(name=TAKE_STEP)
    async def take_step(self, order: StepOrder) -> StepResult:
        """Carry out what is due and answer the requests; a repetition of the same order returns the same result."""
        result = await self._together.carry_out(order) or await self._take_alone(order)
        if not self._at_once or not result.deliver or order.requests or result.repeated:
            return result
        left = await self._at_once(DeliveryOrder(order.siren, result.deliver))
        return replace(result, deliver=left.messages, deliver_in_seconds=left.wait.total_seconds())

    async def _take_together(self, orders: Sequence[StepOrder]) -> Sequence[StepResult | None]:
        """The results of plain steps; ``None`` for those to be taken alone."""
        if len(orders) == 1:
            return [await self._take_alone(orders[0])]
        async with self._engine.begin() as connection:
            known = await steps.lock(connection, [it.siren for it in orders])
            taken = [self._plainly(order, known.pop(order.siren, None)) for order in orders]
            results = iter(await self._write(connection, [it for it in taken if it]))
            return [next(results) if it else None for it in taken]

    def _plainly(self, order: StepOrder, stored: Stored | None) -> Taken | None:
        if stored is None or stored.erased or order.requests or _is_repeated(order, stored):
            return None
        if _organisations(stored.journey):
            return None
        before, now = stored.journey, _clock(order, stored)
        try:
            decision = decide(before, order.requests, now, self._rulebook, NOBODY)
        except Exception:  # noqa: BLE001 - taken alone it fails again, and says so
            return None
        taken = Taken(order, stored, now, decision)
        return taken if self._is_plain(taken) else None

    def _is_plain(self, taken: Taken) -> bool:
        before, after = taken.stored.journey, taken.after
        return (
            is_plain(taken.decision.effects)
            and not wants_slots(before, after, ())
            and is_settled(before, after)
            and is_projected(before, after)
            and not moved_weights(before, after, self._rulebook)
        )

    async def _write(self, connection: AsyncConnection, taken: Sequence[Taken]) -> list[StepResult]:
        if not taken:
            return []
        rows = [written(it.after, it.decision.effects, self._moment(it)) for it in taken]
        ids = await steps.write(connection, rows)
        results = [_result(it, ids[it.order.siren]) for it in taken]
        await steps.save(connection, [self._saved(it, result) for it, result in zip(taken, results, strict=True)])
        return results

    async def _take_alone(self, order: StepOrder) -> StepResult:
        """A request is answered on all events accepted before it, whether the relay runs or not."""
        if order.requests:
            async with self._engine.begin() as connection:
                await catch_up(connection, self._rulebook, order.siren)
        async with self._engine.begin() as connection:
            stored = await journeys.lock(connection, order.siren)
            if stored is None:
                raise ApplicationError(f"no journey is stored for {order.siren}", non_retryable=True)
            if stored.erased:
                return _over(order, stored)
            if _is_repeated(order, stored):
                return await _repeated(connection, order, stored)
            return await self._take(connection, order, stored)

    async def _take(self, connection: AsyncConnection, order: StepOrder, stored: Stored) -> StepResult:
        before = stored.journey
        now = _clock(order, stored)
        decision = await self._decide(connection, order, before, now)
        after = decision.journey
        warned = await settle(connection, before, after, self._rulebook.world(after, now))
        taken = Taken(order, stored, now, decision)
        ids = await commit(connection, after, decision.effects + warned, self._moment(taken))
        await project(connection, before, after)
        await move_tasks(connection, before, after)
        result = _result(taken, ids)
        await steps.save(connection, [self._saved(taken, result)])
        await follow(connection, before, after)
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

    def _moment(self, taken: Taken) -> Moment:
        return Moment.of(taken.now, taken.stored.wake_at, self._rulebook.world(taken.after, taken.now).calendar)

    def _saved(self, taken: Taken, result: StepResult) -> Saved:
        ahead = taken.now - datetime.now(UTC)
        return Saved(
            taken.after,
            version=taken.stored.version + 1,
            ends_on=shown_end(taken.after, self._rulebook.world(taken.after, taken.now).policy),
            chain=taken.order.chain,
            step=taken.order.step,
            result=_RESULT.dump_json(result).decode(),
            wake_at=result.wake_at,
            ahead_seconds=max(taken.stored.ahead, ahead if ahead > CLOCK_SKEW else timedelta()).total_seconds(),
        )

    async def _roster(self, connection: AsyncConnection, journey: Journey, now: datetime) -> Roster:
        """Who may become referent, read only when one is wanted."""
        organisations = _organisations(journey)
        if not organisations:
            return NOBODY
        days = {name: self._rulebook.current[name].calendar.day_of(now) for name in sorted(organisations)}
        return {name: await agents.present(connection, name, day) for name, day in days.items()}


def _organisations(journey: Journey) -> set[str]:
    """Among whose agents a referent is to be chosen."""
    wanted = journey.phase is Phase.CANDIDATE or journey.referent_wanted is not None
    own = {journey.organisation} if wanted else set()
    return own | ({journey.transfer.to_organisation} if journey.transfer else set())


def _is_repeated(order: StepOrder, stored: Stored) -> bool:
    return bool(stored.result) and stored.chain == order.chain and stored.step >= order.step


def _over(order: StepOrder, stored: Stored) -> StepResult:
    """The last step of a journey whose people were erased: nothing is done, nothing is ever owed again."""
    refused = Reply(409, "GDPR-17", "This enterprise was erased: nothing more is done or kept about it.")
    return StepResult(order.step, _clock(order, stored), None, replies={it.id: refused for it in order.requests})


async def _repeated(connection: AsyncConnection, order: StepOrder, stored: Stored) -> StepResult:
    """The result kept; it is a later step's when that one's worker died too, before what this one left was ordered."""
    result: StepResult = replace(_RESULT.validate_json(stored.result or ""), repeated=True)
    if stored.step == order.step:
        return result
    left = await ledger.unsettled(connection, order.siren)
    return replace(result, deliver=tuple(dict.fromkeys((*result.deliver, *left))))


def _result(taken: Taken, ids: Sequence[str]) -> StepResult:
    decision = taken.decision
    return StepResult(
        taken.order.step, taken.now, decision.wake_at, tuple(ids), decision.replies, wake_for=decision.wake_for
    )


def _clock(order: StepOrder, stored: Stored) -> datetime:
    """The run's clock, or the journey's when this run started after the journey's was skipped forward."""
    skipped = stored.ahead > CLOCK_SKEW and order.now < stored.clock - CLOCK_SKEW
    now = stored.clock if skipped else order.now
    last = stored.journey.last_step_at
    return max(now, last) if last else now
