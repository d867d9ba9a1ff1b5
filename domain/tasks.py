"""A task nobody needs any more is closed at once, so that no agent calls about what is paid.

Each room says of what its own tasks are about when that is over. What comes back opens its task again, unless it is
``final``: then a new task stands for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from domain.effects import CloseTask, Effect, OpenTask, ReopenTask
from domain.state import Journey, Work

Ending = Callable[[str, Journey], str | None]


@dataclass(frozen=True)
class _Subject:
    """What tasks may be about: when that is over, whether for good, whether it ends with the journey."""

    ending: Ending
    final: bool
    within_journey: bool

    def over(self, what: str, journey: Journey) -> str | None:
        """The reason in French, if any."""
        if self.within_journey and not journey.is_open:
            return "le parcours est terminé"
        return self.ending(what, journey)


_SUBJECTS: dict[str, _Subject] = {}


def ends(kind: str, *, final: bool = False, within_journey: bool = False) -> Callable[[Ending], Ending]:
    """Ask the decorated function about tasks whose ``about`` is ``kind:what``; it is given ``what``.

    It answers in French why they are needed no more, ``None`` while they are.
    """

    def register(ending: Ending) -> Ending:
        _SUBJECTS[kind] = _Subject(ending, final, within_journey)
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


def tidied(journey: Journey) -> tuple[Journey, tuple[Effect, ...]]:
    """Close what nobody needs, under the rule that opened it; open again what is needed after all."""
    effects: list[Effect] = []
    tasks = dict(journey.tasks)
    for key, task in journey.tasks.items():
        kind, _, what = task.about.partition(":")
        subject = _SUBJECTS[kind]
        why = subject.over(what, journey)
        if bool(why) == task.over:
            continue
        effects.append(_close(key, task, why) if why else _reopen(key, task))
        tasks[key] = replace(task, over=bool(why))
        if why and subject.final:
            del tasks[key]
    return journey.but(tasks=tasks) if effects else journey, tuple(effects)


def _close(key: str, task: Work, why: str) -> Effect:
    return CloseTask(rule=task.rule, summary=f"Tâche sans objet ({why}) : {task.summary}", key=key, why=why)


def _reopen(key: str, task: Work) -> Effect:
    return ReopenTask(rule=task.rule, summary=f"Tâche de nouveau utile : {task.summary}", key=key)
