"""The policies in force, and the versions that journeys still run under (POL-2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from domain.cases import Slot
from domain.duty import AgentLoad, World
from domain.policy import Policy
from domain.state import Journey

Roster = Mapping[str, tuple[AgentLoad, ...]]
"""The agents who may become referent, by organisation."""

NOBODY: Roster = {}


@dataclass(frozen=True)
class Rulebook:
    """``current`` by organisation; ``versions`` by organisation and version, for journeys that started earlier."""

    current: Mapping[str, Policy]
    versions: Mapping[tuple[str, str], Policy]

    @classmethod
    def of(cls, policies: Mapping[str, Policy]) -> Rulebook:
        """A rulebook that knows only the policies in force."""
        return cls(policies, {(name, policy.version): policy for name, policy in policies.items()})

    @property
    def organisations(self) -> dict[str, str]:
        """The name of each organisation."""
        return {code: policy.name for code, policy in self.current.items()}

    def world(
        self, journey: Journey, now: datetime, roster: Roster = NOBODY, slots: tuple[Slot, ...] | None = None
    ) -> World:
        """What a step of this journey looks at."""
        current = self.current[journey.organisation]
        policy = self.versions.get((journey.organisation, journey.policy_version), current)
        return World(policy, current, now, roster.get(journey.organisation, ()), slots)

    def version_of(self, journey: Journey) -> str:
        """The version the journey goes on under: its own, or the one in force when it has none yet."""
        return journey.policy_version or self.current[journey.organisation].version
