"""A message that did not reach its reader: kept in the ledger, and told to the rules (COM-3)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from activities.absorbing import absorb_facts
from db import enterprises, journeys, ledger
from db.ledger import NEVER_SAID
from domain.effects import Purpose
from domain.facts import ChannelRefused, DeliveryFailed, Fact
from domain.messages import FAILED
from domain.rulebook import Rulebook
from domain.state import Channel


async def fail(
    connection: AsyncConnection,
    rulebook: Rulebook,
    message_id: UUID,
    code: str,
    *,
    contact_bad: bool = False,
    opted_out: bool = False,
    retryable: bool = False,
    critical: bool = False,
    status: str = "failed",
) -> None:
    """Keep a failure and tell the rules; a copy to the accountant fails without consequence for the enterprise."""
    row = await ledger.lock(connection, str(message_id))
    if row is None:
        return
    await ledger.change(connection, message_id, status=status, reason=code)
    stored = await journeys.lock(connection, row.siren)
    if row.recipient != "enterprise" or stored is None:
        return
    contact_bad = contact_bad and await _is_current(connection, row)
    facts = [await _failure(connection, row, contact_bad=contact_bad, critical=critical, retry=retryable)]
    if opted_out:
        facts.append(ChannelRefused(**_stamp(row, "refused"), channel=Channel(row.channel)))
    await absorb_facts(connection, rulebook, stored, facts)


async def expire(connection: AsyncConnection, rulebook: Rulebook, row: Row[Any], reason: str) -> None:
    """Too late to be useful: it does not leave, and what had a date to keep becomes a call once no channel is left."""
    if row.critical or row.purpose == Purpose.REMINDER:
        await fail(connection, rulebook, row.id, reason, critical=True, status="dropped")
    else:
        await ledger.change(connection, row.id, status="dropped", reason=reason)


async def disprove(connection: AsyncConnection, rulebook: Rulebook, row: Row[Any], code: str) -> None:
    """A letter told as delivered comes back all the same: its status is kept, with what came after."""
    await ledger.change(connection, row.id, reason=f"remis, puis revenu : {code}")
    stored = await journeys.lock(connection, row.siren)
    if row.recipient != "enterprise" or stored is None:
        return
    contact_bad = await _is_current(connection, row)
    fact = await _failure(connection, row, contact_bad=contact_bad, critical=False, retry=False)
    await absorb_facts(connection, rulebook, stored, [fact])


async def _is_current(connection: AsyncConnection, row: Row[Any]) -> bool:
    """What is said of an address that was replaced since says nothing of the new one."""
    known = await enterprises.read(connection, row.siren)
    if known is None or row.to is None:
        return True
    current = known.phone if row.channel == Channel.SMS else known.email
    return current is not None and current.casefold() == row.to.casefold()


def _has_failed(row: Row[Any]) -> bool:
    return row.status in FAILED or (row.status == "unknown" and row.reason == NEVER_SAID)


def _stamp(row: Row[Any], what: str) -> dict[str, Any]:
    now = datetime.now(UTC)
    return {"id": f"{row.id}:{what}:{row.attempts}", "at": now, "received_at": now}


async def _failure(
    connection: AsyncConnection, row: Row[Any], *, contact_bad: bool, critical: bool, retry: bool
) -> Fact:
    rows = await ledger.same_subject(connection, row.siren, row.subject)
    return DeliveryFailed(
        **_stamp(row, "failed"),
        subject=row.subject,
        channel=Channel(row.channel),
        failed=tuple(Channel(it.channel) for it in rows if _has_failed(it) or it.id == row.id),
        tried=tuple(Channel(it.channel) for it in rows),
        contact_bad=contact_bad,
        critical=critical or row.critical,
        retry=Channel(row.channel) if retry else None,
    )
