"""A task nobody needs any more is closed at once, so that no agent calls about what is paid.

Each room says of what its own tasks are about when that is over. What comes back opens its task again, unless it is
``final``: then a new task stands for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from domain.effects import CloseTask, Effect, OpenTask, ReopenTask
from domain.requests import Ask, Request
from domain.state import Journey, Work

Ending = Callable[[str, Journey], str | None]
NO_AGENTS = ("enterprise", "accountant", "policy")
"""Who asks without being an agent."""
NOBODYS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class _Subject:
    """What tasks may be about: when that is over, whether for good, whether it ends with the journey."""

    ending: Ending
    final: bool
    within_journey: bool
    deeds: tuple[Ask, ...]

    def over(self, what: str, journey: Journey) -> str | None:
        """The reason in French, if any."""
        if self.within_journey and not journey.is_open:
            return "le parcours est terminé"
        return self.ending(what, journey)


_SUBJECTS: dict[str, _Subject] = {}


def ends(
    kind: str, *, final: bool = False, within_journey: bool = False, deeds: tuple[Ask, ...] = ()
) -> Callable[[Ending], Ending]:
    """Ask the decorated function about tasks whose ``about`` is ``kind:what``; it is given ``what``.

    It answers in French why they are needed no more, ``None`` while they are. An agent who does one of ``deeds`` does
    what they ask for (ASK-2).
    """

    def register(ending: Ending) -> Ending:
        _SUBJECTS[kind] = _Subject(ending, final, within_journey, deeds)
        return ending

    return register


def why_over(about: str, journey: Journey) -> str | None:
    """Why what a task is about needs nobody any more, in French; ``None`` while it does."""
    kind, _, what = about.partition(":")
    return _SUBJECTS[kind].over(what, journey)


def opened(journey: Journey, effects: Iterable[Effect]) -> Journey:
    """The same journey, knowing which of its open tasks may lose their object."""
    new = {
        it.key: Work(it.rule, it.summary, it.about)
        for it in effects
        if isinstance(it, OpenTask) and it.about and it.key not in journey.tasks
    }
    return journey.but(tasks={**journey.tasks, **new}) if new else journey


def done_by_deed(before: Journey, after: Journey, request: Request) -> dict[str, str]:
    """The tasks that the answer to a request did, by key, with the agent who asked for it."""
    agent = request.data.get("by")
    if agent is None or agent in NO_AGENTS:
        return {}
    return {
        key: agent
        for key, task in before.tasks.items()
        if request.ask in _SUBJECTS[task.about.partition(":")[0]].deeds
        and not why_over(task.about, before)
        and why_over(task.about, after)
    }


def tidied(journey: Journey, deeds: Mapping[str, str] = NOBODYS) -> tuple[Journey, tuple[Effect, ...]]:
    """Close what nobody needs, under the rule that opened it; open again what is needed after all.

    ``deeds``: the tasks that an agent did by deciding or answering, and who.
    """
    effects: list[Effect] = []
    tasks = dict(journey.tasks)
    for key, task in journey.tasks.items():
        kind, _, what = task.about.partition(":")
        subject = _SUBJECTS[kind]
        why = subject.over(what, journey)
        if bool(why) == task.over:
            continue
        effects.append(_close(key, task, why, deeds.get(key)) if why else _reopen(key, task))
        tasks[key] = replace(task, over=bool(why))
        if why and subject.final:
            del tasks[key]
    return journey.but(tasks=tasks) if effects else journey, tuple(effects)


def _close(key: str, task: Work, why: str, agent: str | None) -> Effect:
    ended = f"Tâche faite par {agent}" if agent else f"Tâche sans objet ({why})"
    return CloseTask(rule=task.rule, summary=f"{ended} : {task.summary}", key=key, why=why, done_by=agent)


def _reopen(key: str, task: Work) -> Effect:
    return ReopenTask(rule=task.rule, summary=f"Tâche de nouveau utile : {task.summary}", key=key)
