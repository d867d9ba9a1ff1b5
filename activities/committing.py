"""The effects of one step, written with the state in the same transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

from sqlalchemy.ext.asyncio import AsyncConnection

from db import agents, events, ledger, outgoing, steps, worklist
from db.codec import jsonable
from db.ledger import NewMessage
from db.outgoing import OutEvent
from db.records import Entry, NewTask, TaskEnd, TaskReturn
from db.steps import Written
from domain.calendar import Calendar
from domain.effects import CloseTask, Effect, OpenTask, Publish, Queue, ReopenTask, SendAgain, SendMessage
from domain.messages import Intention, intentions
from domain.rulebook import Rulebook
from domain.rules.referent import portfolio_weight
from domain.state import Journey

FORGOTTEN_AFTER = timedelta(minutes=15)


@dataclass(frozen=True)
class Moment:
    """When a step is taken, when it was owed (``due``), and when the sending window opened or will open after that."""

    now: datetime
    due: datetime
    opens: datetime

    @classmethod
    def of(cls, now: datetime, wake_at: datetime | None, calendar: Calendar) -> Moment:
        """A step is owed at the instant its journey slept to once that has passed, else at once."""
        due = min(now, wake_at) if wake_at else now
        return cls(now, due, calendar.next_open(due))


async def commit(connection: AsyncConnection, journey: Journey, effects: Sequence[Effect], moment: Moment) -> list[str]:
    """Write effects; return the ids of the messages to deliver, with those that an earlier step lost."""
    now, siren = moment.now, journey.siren
    await outgoing.add(connection, [_published(journey, now, e) for e in effects if isinstance(e, Publish)])
    rows: list[NewMessage] = []
    once_more: list[str] = []
    for effect in effects:
        if isinstance(effect, SendAgain):
            copies, known = await _again(connection, siren, effect, now)
            rows += copies
            once_more += known
    return once_more + (await steps.write(connection, [written(journey, effects, moment, rows)]))[siren]


def written(journey: Journey, effects: Sequence[Effect], moment: Moment, copies: Sequence[NewMessage] = ()) -> Written:
    """The rows that effects leave, with those that repeat a message by another channel."""
    now, siren = moment.now, journey.siren
    messages = [row for e in effects if isinstance(e, SendMessage) for row in _messages(journey, moment, e)]
    messages += copies
    ended = task_ends(siren, now, effects)
    end_of = {it.key: it for it in ended}
    return Written(
        siren,
        lines=[_entry(siren, now, it) for it in effects] + [_dropped(row, now) for row in messages if row.reason],
        tasks=[_task(journey, now, it, end_of.get(it.key)) for it in effects if isinstance(it, OpenTask)],
        ended=ended,
        returned=task_returns(siren, now, effects),
        messages=messages,
        forgotten_before=now - FORGOTTEN_AFTER,
    )


def is_plain(effects: Sequence[Effect]) -> bool:
    """Whether effects leave no more than lines, tasks and new messages."""
    return not any(isinstance(it, Publish | SendAgain) for it in effects)


def _entry(siren: str, now: datetime, effect: Effect) -> Entry:
    return Entry(siren, now, effect.kind, effect.rule, effect.summary, effect.event_id)


def _dropped(row: NewMessage, now: datetime) -> Entry:
    return Entry(row.siren, now, "skipped", "COM-1", f"Message non envoyé : {row.reason}", row.event_id)


def identity(*parts: str) -> UUID:
    """The same id for the same intention, whoever writes it."""
    return uuid5(NAMESPACE_URL, "|".join(parts))


def task_ends(siren: str, now: datetime, effects: Iterable[Effect]) -> list[TaskEnd]:
    """How tasks end that lost their object, or that somebody did by the deed itself (ASK-2)."""
    return [_task_end(siren, now, it) for it in effects if isinstance(it, CloseTask)]


def _task_end(siren: str, now: datetime, effect: CloseTask) -> TaskEnd:
    if effect.done_by is None:
        return TaskEnd(siren, effect.key, effect.why, now)
    return TaskEnd(siren, effect.key, None, now, status="done", outcome="done", done_by=effect.done_by)


def task_returns(siren: str, now: datetime, effects: Iterable[Effect]) -> list[TaskReturn]:
    """Tasks that have an object again, and a day at least to be done."""
    reopened = (it for it in effects if isinstance(it, ReopenTask))
    return [TaskReturn(siren, it.key, now + timedelta(days=1)) for it in reopened]


def _task(journey: Journey, now: datetime, effect: OpenTask, end: TaskEnd | None) -> NewTask:
    """A row, cancelled when the same step ends it."""
    task = NewTask(
        id=identity("task", journey.siren, effect.key),
        siren=journey.siren,
        organisation=journey.organisation,
        key=effect.key,
        kind=effect.task,
        rule=effect.rule,
        queue=str(effect.queue),
        assignee=journey.referent if effect.queue is Queue.REFERENT else None,
        status="open",
        due_at=effect.due_at,
        opened_at=now,
        summary=effect.summary,
        guidance=list(effect.guidance),
    )
    return replace(task, status="cancelled", note=end.note, done_at=end.done_at) if end else task


def _published(journey: Journey, now: datetime, effect: Publish) -> OutEvent:
    place = (journey.siren, journey.organisation)
    return OutEvent(uuid4(), *place, effect.type, now, jsonable(effect.data))


def _messages(journey: Journey, moment: Moment, effect: SendMessage) -> Iterable[NewMessage]:
    for intention in intentions(effect, journey):
        yield _message(journey, moment, effect, intention)


def _message(journey: Journey, moment: Moment, effect: SendMessage, intention: Intention) -> NewMessage:
    place = (effect.rule, effect.subject, str(intention.channel), str(intention.recipient))
    return NewMessage(
        id=identity("message", journey.siren, *place),
        siren=journey.siren,
        organisation=journey.organisation,
        rule=effect.rule,
        subject=effect.subject,
        channel=str(intention.channel),
        recipient=str(intention.recipient),
        template=effect.template,
        purpose=str(effect.purpose),
        critical=effect.critical,
        immediate=effect.immediate,
        facts=jsonable(effect.facts),
        status="dropped" if intention.dropped else "queued",
        reason=intention.dropped,
        queued_at=moment.now,
        event_id=effect.event_id,
        valid_until=effect.valid_until,
        due_at=moment.due if effect.immediate else moment.opens,
    )


async def _again(
    connection: AsyncConnection, siren: str, effect: SendAgain, now: datetime
) -> tuple[list[NewMessage], list[str]]:
    """The intention to send by another channel, or the ids of those that leave once more by the same."""
    written = await ledger.same_subject(connection, siren, effect.subject)
    if any(row.channel == effect.channel for row in written):
        return [], await ledger.requeue(connection, siren, effect.subject, str(effect.channel))
    original = dict(written[0]._mapping)
    names = NewMessage.__dataclass_fields__
    copied = {name: original[name] for name in names} | {
        "id": identity("message", siren, original["rule"], effect.subject, str(effect.channel), "enterprise"),
        "channel": str(effect.channel),
        "status": "queued",
        "reason": None,
        "queued_at": now,
        "due_at": now,
        "immediate": effect.immediate,
    }
    return [NewMessage(**copied)], []


async def move_tasks(connection: AsyncConnection, before: Journey, after: Journey) -> None:
    """Have the open tasks follow the journey to its new referent or organisation (ENR-3, EXT-5).

    What the new organisation said of the enterprise before it came is heard again.
    """
    if before.organisation != after.organisation:
        await events.hear_again(connection, after.siren, after.organisation)
    if (before.organisation, before.referent) != (after.organisation, after.referent):
        place, former, new = after.organisation, before.referent, after.referent
        await worklist.follow(connection, after.siren, place, former=former, referent=new)


async def move_weight(connection: AsyncConnection, before: Journey, after: Journey, rulebook: Rulebook) -> None:
    """Keep the weights of portfolios true when a referent, an accountant or a phase changes (ENR-3)."""
    for (organisation, agent), weight in sorted(moved_weights(before, after, rulebook).items()):
        await agents.add_weight(connection, organisation, agent, weight)


def moved_weights(before: Journey, after: Journey, rulebook: Rulebook) -> dict[tuple[str, str], int]:
    """By how much the portfolio of each agent of an organisation grows."""
    changes: dict[tuple[str, str], int] = {}
    for journey, sign in ((before, -1), (after, 1)):
        if journey.referent:
            holder = (journey.organisation, journey.referent)
            weight = portfolio_weight(journey, rulebook.current[journey.organisation])
            changes[holder] = changes.get(holder, 0) + sign * weight
    return {holder: weight for holder, weight in changes.items() if weight}
