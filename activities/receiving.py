"""Receipts in: in any order, repeated or not, before their message or never."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from activities.absorbing import absorb_facts
from activities.answering import tell_answers
from activities.failing import disprove, fail
from db import enterprises, journeys, ledger, receipts
from domain.facts import AddressFailed, ChannelRefused, DeliveryProved
from domain.messages import Recipient
from domain.rulebook import Rulebook
from domain.state import Channel, Health
from notifications.ports import Receipt
from notifications.sendgrid import receipts as sendgrid
from notifications.twilio import codes as twilio

ACCOUNT_CODES = {*twilio.ACCOUNT, *sendgrid.DROPPED_FOR_ACCOUNT}
"""What a provider that took a letter says afterwards of our account, not of the letter."""

TERMINAL = ("delivered", "failed", "dropped")


@dataclass(frozen=True)
class News:
    """What a receipt says, however it came."""

    provider_id: str
    status: str
    code: str | None = None
    contact_bad: bool = False
    opted_out: bool = False
    retryable: bool = False


async def record(engine: AsyncEngine, rulebook: Rulebook, received: Sequence[Receipt]) -> None:
    """Keep receipts and apply those whose message is known; the others wait for it."""
    for receipt in received:
        async with engine.begin() as connection:
            await _record(connection, rulebook, receipt)


async def _record(connection: AsyncConnection, rulebook: Rulebook, receipt: Receipt) -> None:
    known_id = _uuid(receipt.message_id)
    # Against a row that learns the provider's id at this very moment: one of the two sees the other.
    await receipts.lock(connection, [receipt.provider_id])
    message_id = await receipts.message_of(connection, receipt.provider, receipt.provider_id, known_id)
    fields = ("provider", "event_key", "provider_id", "status", "code", "contact_bad", "opted_out", "retryable", "at")
    values = {name: getattr(receipt, name) for name in fields} | {"message_id": message_id}
    if not await receipts.keep(connection, values):
        return
    if message_id:
        news = News(**{name: getattr(receipt, name) for name in News.__dataclass_fields__})
        await apply(connection, rulebook, message_id, news)
    elif receipt.address:
        for siren in await enterprises.reached_at(connection, receipt.address):
            await _lose(connection, rulebook, siren, f"{receipt.event_key}:address")


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


async def apply_early(connection: AsyncConnection, rulebook: Rulebook, message_ids: Sequence[UUID]) -> None:
    """Apply the receipts that came before the provider's ids were written."""
    for row in await receipts.early(connection, message_ids):
        await receipts.match(connection, row.id, row.about)
        news = News(**{name: getattr(row, name) for name in News.__dataclass_fields__})
        await apply(connection, rulebook, row.about, news)


async def apply(connection: AsyncConnection, rulebook: Rulebook, message_id: UUID, news: News) -> None:
    """Change a message by a receipt; a terminal status is final, yet what comes after it may condemn the address."""
    row = await ledger.lock(connection, str(message_id))
    if row is None:
        return
    to_enterprise = row.recipient == Recipient.ENTERPRISE
    if news.opted_out and news.status != "failed" and to_enterprise:
        await _refuse(connection, rulebook, row.siren, Channel(row.channel), f"{message_id}:refused")
    if row.status == "delivered" and news.contact_bad and row.reason is None:
        await disprove(connection, rulebook, row, news.code or "non remis")
    if row.status in TERMINAL or _is_about_an_earlier_attempt(row, news):
        return
    if news.status == "failed" and news.code in ACCOUNT_CODES:
        await ledger.wait_for_account(connection, message_id, news.code)
        return
    if news.status == "failed":
        await fail(
            connection,
            rulebook,
            message_id,
            news.code or "non remis",
            contact_bad=news.contact_bad,
            opted_out=news.opted_out,
            retryable=news.retryable and await receipts.failures(connection, message_id) <= 1,
        )
        return
    stored = await journeys.read(connection, row.siren)
    sent_at = row.sent_at or (stored.clock if stored else datetime.now(UTC))
    await ledger.change(
        connection, message_id, status=news.status, provider_id=news.provider_id, sent_at=sent_at, reason=None
    )
    await tell_answers(connection, [row])
    if news.status == "delivered" and stored and to_enterprise:
        await _prove(connection, rulebook, row.siren, Channel(row.channel), f"{message_id}:proved")


def _is_about_an_earlier_attempt(row: Row[Any], news: News) -> bool:
    """A message waiting to leave again is not stopped by what is still said of the time before, unless it arrived."""
    return row.status == "queued" and news.status != "delivered"


async def _refuse(connection: AsyncConnection, rulebook: Rulebook, siren: str, channel: Channel, fact_id: str) -> None:
    stored = await journeys.lock(connection, siren)
    if stored:
        now = datetime.now(UTC)
        fact = ChannelRefused(id=fact_id, at=now, received_at=now, channel=channel)
        await absorb_facts(connection, rulebook, stored, [fact])


async def _lose(connection: AsyncConnection, rulebook: Rulebook, siren: str, fact_id: str) -> None:
    """A mail address that bounces, though nobody says which letter."""
    stored = await journeys.lock(connection, siren)
    if stored:
        now = datetime.now(UTC)
        fact = AddressFailed(id=fact_id, at=now, received_at=now, channel=Channel.MAIL)
        await absorb_facts(connection, rulebook, stored, [fact])


async def _prove(connection: AsyncConnection, rulebook: Rulebook, siren: str, channel: Channel, fact_id: str) -> None:
    """A delivery proves an address that was thought bad."""
    known = await journeys.read(connection, siren)
    if known is None or known.journey.health(channel) is not Health.BAD:
        return
    stored = await journeys.lock(connection, siren)
    if stored:
        now = datetime.now(UTC)
        fact = DeliveryProved(id=fact_id, at=now, received_at=now, channel=channel)
        await absorb_facts(connection, rulebook, stored, [fact])
