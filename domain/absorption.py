"""How a fact enters the state of a journey. Each room of rules registers the facts it understands.

Facts commute: whatever the order they arrive in, and however often, the state ends the same. What a later event has
already written (by the time it *happened*) is not overwritten by an earlier one.
"""

from __future__ import annotations

from functools import singledispatch

from domain.effects import Effect, Record
from domain.facts import Fact
from domain.state import Journey

Absorbed = tuple[Journey, tuple[Effect, ...]]


@singledispatch
def absorb(fact: Fact, _journey: Journey) -> Absorbed:
    """The state after a fact, and the line it leaves in the timeline."""
    raise TypeError(f"no rule absorbs {type(fact).__name__}")


def noted(rule: str, summary: str, fact: Fact) -> tuple[Effect, ...]:
    """The line of an event received."""
    return (Record(rule=rule, summary=summary, event_id=fact.id, label="event"),)


def outdated(rule: str, summary: str, fact: Fact) -> tuple[Effect, ...]:
    """The line of an event that a later one has already overtaken."""
    return noted(rule, f"{summary} (plus ancien que ce qui est déjà connu : gardé, sans effet)", fact)
