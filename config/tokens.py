"""API tokens: who may call the HTTP interface, in what role, for which organisation."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from typing import Literal, get_args

Role = Literal["system", "agent", "supervisor", "mediator", "admin"]

SHAPE = "token=role:organisation[:agent]"
DEVELOPMENT_AGENTS = {"urssaf-idf": "alice.martin", "urssaf-rhone-alpes": "bruno.petit"}
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token and the identity it stands for; `agent` names the person, for any role."""

    token: str = field(repr=False)
    role: Role
    organisation: str
    agent: str | None = None

    def __str__(self) -> str:
        identity = [self.role, self.organisation, *([self.agent] if self.agent else [])]
        return f"{self.token}={':'.join(identity)}"


def parse_tokens(text: str) -> tuple[Token, ...]:
    """Read `PARCOURS_API_TOKENS`; raise ValueError naming the entry by its rank, never by its secret."""
    entries = [entry.strip() for entry in text.split(",") if entry.strip()]
    tokens = tuple(_parse_entry(rank, entry) for rank, entry in enumerate(entries, start=1))
    if len({token.token for token in tokens}) < len(tokens):
        raise ValueError("the same token is given twice: each identity needs its own")
    return tokens


def development_tokens() -> tuple[Token, ...]:
    """Random tokens for the two organisations of the demonstration, one for each role."""
    return tuple(
        Token(secrets.token_urlsafe(24), role, organisation, agent if role == "agent" else None)
        for organisation, agent in DEVELOPMENT_AGENTS.items()
        for role in get_args(Role)
    )


def _parse_entry(rank: int, entry: str) -> Token:
    # The identity holds no "=", a base64 secret may end with some.
    secret, equals, identity = entry.rpartition("=")
    if not (equals and secret):
        raise ValueError(f"entry {rank} has no '=': write {SHAPE}")
    role, _, rest = identity.partition(":")
    organisation, _, agent = rest.partition(":")
    if role not in get_args(Role):
        raise ValueError(f"entry {rank} has the role {role!r}: use one of {', '.join(get_args(Role))}")
    _check_names(rank, organisation, agent)
    return Token(secret, role, organisation, agent or None)  # type: ignore[arg-type]


def _check_names(rank: int, organisation: str, agent: str) -> None:
    if not NAME.fullmatch(organisation):
        raise ValueError(f"entry {rank} names no organisation: write {SHAPE}, for instance …=system:urssaf-idf")
    if agent and not NAME.fullmatch(agent):
        raise ValueError(f"entry {rank} names an agent that is not a name: write token=agent:organisation:first.last")
