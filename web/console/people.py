"""Who is signed in at the console."""

from __future__ import annotations

from dataclasses import dataclass

from config.tokens import Role


@dataclass(frozen=True)
class Person:
    """A human being with a role in one organisation; ``agent`` is the name under which tasks are assigned."""

    subject: str
    name: str
    role: Role
    organisation: str
    agent: str | None = None

    @property
    def author(self) -> str:
        """Whom to write down as the author of a change."""
        return self.agent or self.subject
