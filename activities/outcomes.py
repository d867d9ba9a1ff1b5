"""What became of a message: kept in the ledger, and told to the rules when they have to react (COM-3)."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from activities.failing import fail
from activities.receiving import apply_early
from db import journeys, ledger
from domain.rulebook import Rulebook
from notifications.ports import Refused, Sent


async def sent(engine: AsyncEngine, rulebook: Rulebook, message_id: UUID, accepted: Sent) -> None:
    """The provider took the message."""
    async with engine.begin() as connection:
        row = await ledger.lock(connection, str(message_id))
        stored = await journeys.read(connection, row.siren) if row else None
        if row is None or stored is None:
            return
        await ledger.change(
            connection,
            message_id,
            status=accepted.status,
            provider_id=accepted.provider_id,
            sent_at=stored.clock,
            reason=None,
        )
        await apply_early(connection, rulebook, row.provider, accepted.provider_id, message_id)


async def put_back(engine: AsyncEngine, message_id: UUID, reason: str) -> None:
    """It certainly did not leave."""
    async with engine.begin() as connection:
        await ledger.change(connection, message_id, status="queued", reason=reason)


async def unknown(engine: AsyncEngine, message_id: UUID) -> None:
    """It may have left; a receipt may have said so already."""
    async with engine.begin() as connection:
        row = await ledger.lock(connection, str(message_id))
        if row and row.status == "sending":
            await ledger.change(connection, message_id, status="unknown", reason="le prestataire n'a pas répondu")


async def failed(engine: AsyncEngine, rulebook: Rulebook, message_id: UUID, refused: Refused) -> None:
    """The provider will never take it."""
    async with engine.begin() as connection:
        await fail(
            connection,
            rulebook,
            message_id,
            refused.code,
            contact_bad=refused.contact_bad,
            opted_out=refused.opted_out,
        )


async def never_known(engine: AsyncEngine, rulebook: Rulebook, message_id: UUID) -> None:
    """Nobody will ever say: the message keeps its state ``unknown``, the rules treat it as not delivered."""
    async with engine.begin() as connection:
        row = await ledger.lock(connection, str(message_id))
        if row and row.status in ("sending", "unknown"):
            await fail(connection, rulebook, message_id, "sans réponse", status="unknown")
