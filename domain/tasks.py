"""A task nobody needs any more is closed at once, so that no agent calls about what is paid.

Each room says of what its own tasks are about when that is over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from domain.effects import CloseTask, Effect, OpenTask
from domain.state import Journey, Work

Ending = Callable[[str, Journey], str | None]

_ENDINGS: dict[str, Ending] = {}


def ends(kind: str) -> Callable[[Ending], Ending]:
    """Ask the decorated function about tasks whose ``about`` is ``kind:what``; it is given ``what``.

    It answers in French why they are needed no more, ``None`` while they are.
    """

    def register(ending: Ending) -> Ending:
        _ENDINGS[kind] = ending
        return ending

    return register


def opened(journey: Journey, effects: Iterable[Effect]) -> Journey:
    """The same journey, knowing which of its open tasks may lose their object."""
    known = {it.key: Work(it.rule, it.summary, it.about) for it in effects if isinstance(it, OpenTask) and it.about}
    return journey.but(tasks={**journey.tasks, **known}) if known else journey


def tidied(journey: Journey) -> tuple[Journey, tuple[CloseTask, ...]]:
    """Close what no agent ended and nobody needs, under the rule that opened it."""
    closed: list[CloseTask] = []
    for key, task in journey.tasks.items():
        kind, _, what = task.about.partition(":")
        why = _ENDINGS[kind](what, journey)
        if why:
            summary = f"Tâche sans objet ({why}) : {task.summary}"
            closed.append(CloseTask(rule=task.rule, summary=summary, key=key, why=why))
    return journey.without_tasks({it.key for it in closed}) if closed else journey, tuple(closed)
