"""The policies in force at start-up, kept with every version that journeys still run under."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncEngine

from db import journeys, policies
from domain.policy import Policy
from domain.rulebook import Rulebook


async def open_rulebook(engine: AsyncEngine, current: Mapping[str, Policy]) -> Rulebook:
    """Remember the policies in force; journeys of an organisation whose policy changed will look again (POL-2)."""
    async with engine.begin() as connection:
        for organisation in await policies.remember(connection, current):
            await journeys.nudge_open(connection, organisation)
        return Rulebook(current, await policies.versions(connection))
