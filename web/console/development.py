"""Who may be chosen at the development login: the agents of each organisation, and whoever else has a role there."""

from __future__ import annotations

from config.tokens import Role
from db import agents, roster
from web.console.people import Person
from web.desk import Desk

HEADS: dict[Role, str] = {
    "supervisor": "Responsable d'équipe",
    "mediator": "Médiation",
    "admin": "Administration de Parcours",
}


async def people(desk: Desk) -> list[Person]:
    """Everybody, by organisation; agents named by a token exist from the start."""
    async with desk.engine.begin() as connection:
        for token in desk.settings.api_tokens:
            if token.role == "agent" and token.agent:
                await agents.ensure(connection, token.organisation, token.agent)
        rows = {it: await roster.members(connection, it) for it in sorted(desk.rulebook.current)}
    return [person for it in rows for person in (*(_agent(it, r.agent, r.name) for r in rows[it]), *_heads(it))]


def _agent(organisation: str, agent: str, name: str) -> Person:
    return Person(f"{organisation}/{agent}", name, "agent", organisation, agent)


def _heads(organisation: str) -> list[Person]:
    return [Person(f"{organisation}/{role}", name, role, organisation) for role, name in HEADS.items()]
