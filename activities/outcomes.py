"""What became of a message: kept in the ledger, and told to the rules when they have to react (COM-3)."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from activities.answering import tell_answers
from activities.failing import fail
from activities.receiving import News, apply, apply_early
from db import ledger, receipts
from db.ledger import IN_DOUBT, NEVER_SAID
from domain.rulebook import Rulebook
from notifications.ports import Refused, Sent


async def sent(engine: AsyncEngine, rulebook: Rulebook, accepted: Mapping[UUID, Sent]) -> None:
    """Providers took these messages; receipts that overtook their answers keep the last word."""
    provider_ids = {message_id: it.provider_id for message_id, it in accepted.items()}
    async with engine.begin() as connection:
        await receipts.lock(connection, list(provider_ids.values()))
        await tell_answers(connection, await ledger.left(connection, provider_ids))
        await apply_early(connection, rulebook, list(accepted))
        for message_id, it in accepted.items():
            if it.status != "sent":
                await apply(connection, rulebook, message_id, News(it.provider_id, it.status))


async def put_back(engine: AsyncEngine, message_id: UUID, attempt: int, reason: str) -> None:
    """This attempt certainly did not leave; a later attempt, or a receipt, makes that no news."""
    async with engine.begin() as connection:
        row = await ledger.lock(connection, str(message_id))
        if row and row.status in IN_DOUBT and row.attempts == attempt:
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
        if row and row.status in IN_DOUBT and row.reason != NEVER_SAID:
            await fail(connection, rulebook, message_id, NEVER_SAID, status="unknown")
