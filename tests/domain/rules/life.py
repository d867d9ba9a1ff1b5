"""A journey lived in memory: facts at instants, one step at each wake, and what was decided when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from hypothesis import settings

from config.policies import load_policies
from domain.absorption import absorb
from domain.cases import Slot
from domain.duty import AgentLoad
from domain.effects import CloseTask, Effect, OpenTask, Record, SendMessage
from domain.facts import AccountOpened, Fact
from domain.requests import Ask, Reply, Request
from domain.rulebook import Roster, Rulebook
from domain.rules.enrolment import candidate
from domain.state import Phase
from domain.step import next_wake, step
from domain.tasks import tidied
from tests.domain.rules.happenings import IDF, PARIS, RHONE, instant

MODEST = settings(max_examples=25, deadline=None)

POLICIES = load_policies(Path(__file__).parents[3] / "policies")
RULEBOOK = Rulebook.of(POLICIES)
AGENTS: Roster = {
    IDF: (AgentLoad("alice.martin", 6), AgentLoad("bruno.petit", 9)),
    RHONE: (AgentLoad("chloe.durand", 0),),
}


@dataclass(frozen=True)
class Happened:
    """One effect and when it was decided."""

    at: datetime
    effect: Effect

    @property
    def on(self) -> str:
        return self.at.astimezone(PARIS).date().isoformat()


class Life:
    """Lives a journey as its workflow does: a fact is absorbed at once and wakes it only for what is owed sooner."""

    def __init__(self, opening: AccountOpened, rulebook: Rulebook = RULEBOOK, roster: Roster = AGENTS) -> None:
        self.rulebook, self.roster = rulebook, roster
        self.now = opening.received_at
        self.journey = candidate(opening)
        self.wake_at: datetime | None = opening.received_at
        self.lines: list[Effect] = []
        self.happened: list[Happened] = []
        self.take_step()

    def take_step(self, *requests: Request) -> dict[str, Reply]:
        decision = step(self.journey, requests, self.now, self.rulebook, self.roster, self.free)
        assert decision.wake_at is None or decision.wake_at > self.now
        self.journey, self.wake_at = decision.journey, decision.wake_at
        self.happened += [Happened(self.now, effect) for effect in decision.effects]
        return decision.replies

    @property
    def free(self) -> tuple[Slot, ...]:
        """The free slots: nobody publishes any here."""
        return ()

    def until(self, moment: str | datetime) -> Life:
        """Live up to an instant, awake at each wake."""
        end = instant(moment) if isinstance(moment, str) else moment
        while self.wake_at is not None and self.wake_at <= end:
            self.now = max(self.now, self.wake_at)
            self.take_step()
        self.now = max(self.now, end)
        return self

    def to_the_end(self) -> Life:
        while self.wake_at is not None:
            self.until(self.wake_at)
        return self

    def oversleep(self, since: str, wake: str) -> Life:
        """Nobody wakes the journey from one instant to another."""
        self.until(since)
        self.now = instant(wake)
        self.take_step()
        return self

    def tell(self, *facts: Fact) -> Life:
        """Absorb each fact when it is received."""
        for fact in facts:
            self.until(fact.received_at)
            self.absorb(fact)
        return self

    def absorb(self, fact: Fact) -> None:
        self.journey, lines = absorb(fact, self.journey)
        self.lines += lines
        self.journey, ended = tidied(self.journey)
        self.happened += [Happened(self.now, effect) for effect in ended]
        sooner = next_wake(self.journey, self.rulebook.world(self.journey, self.now))
        if sooner is not None and (self.wake_at is None or sooner < self.wake_at):
            self.take_step()

    def extend(self, at: str, request: str | None = None) -> Reply:
        """Ask to extend, or to come back."""
        self.until(at)
        asked = Request(request or f"ask-{at}", Ask.EXTEND)
        return self.take_step(asked)[asked.id]

    def of(self, kind: type[Effect], rule: str = "") -> Iterator[Happened]:
        return (it for it in self.happened if isinstance(it.effect, kind) and it.effect.rule.startswith(rule))

    def messages(self, rule: str = "") -> list[SendMessage]:
        return [it.effect for it in self.of(SendMessage, rule) if isinstance(it.effect, SendMessage)]

    def sent(self, rule: str = "") -> list[tuple[str, str]]:
        """Day and subject of each message."""
        return [(it.on, it.effect.subject) for it in self.of(SendMessage, rule) if isinstance(it.effect, SendMessage)]

    def days(self, rule: str) -> list[str]:
        """Days on which a rule sent messages."""
        return [day for day, _ in self.sent(rule)]

    def tasks(self, rule: str = "") -> list[OpenTask]:
        return [it.effect for it in self.of(OpenTask, rule) if isinstance(it.effect, OpenTask)]

    def needless(self, rule: str = "") -> list[tuple[str, str]]:
        """Day and reason of each task closed for nobody needs it."""
        return [(it.on, it.effect.why) for it in self.of(CloseTask, rule) if isinstance(it.effect, CloseTask)]

    def skips(self, rule: str = "") -> list[tuple[str, str]]:
        """Day and words of what was not sent."""
        found = ((it.on, it.effect) for it in self.of(Record, rule))
        return [
            (on, effect.summary) for on, effect in found if isinstance(effect, Record) and effect.label == "skipped"
        ]

    @property
    def closed_on(self) -> str | None:
        closed = self.journey.closed_at
        return closed.astimezone(PARIS).date().isoformat() if closed else None

    @property
    def is_closed(self) -> bool:
        return self.journey.phase is Phase.CLOSED


def reminded(life: Life) -> list[tuple[str, str]]:
    """Day of each reminder and the due date it says."""
    said = (str(message.facts["due_on"]) for message in life.messages("REM-2"))
    return list(zip(life.days("REM-2"), said, strict=True))
