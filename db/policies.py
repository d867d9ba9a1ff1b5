"""Every version of a policy that a journey may still run under (POL-2)."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.codec import dump_policy, load_policy
from db.tables import policies
from domain.policy import Policy


async def remember(connection: AsyncConnection, current: Mapping[str, Policy]) -> list[str]:
    """Keep the policies in force; return the organisations that have a version never seen before."""
    rows = [
        {"organisation": name, "version": policy.version, "body": dump_policy(policy)}
        for name, policy in current.items()
    ]
    statement = insert(policies).on_conflict_do_nothing().returning(policies.c.organisation)
    return list((await connection.scalars(statement, rows)).all())


async def versions(connection: AsyncConnection) -> dict[tuple[str, str], Policy]:
    """All versions ever in force, by organisation and version."""
    rows = (await connection.execute(select(policies))).all()
    return {(row.organisation, row.version): load_policy(row.body) for row in rows}
