"""From rows and states to what is answered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row

from api.journeys.cases import appointment_of, commitment_of, incident_of, plan_of
from api.journeys.schemas import JourneyDetail, JourneySummary, MessageBody, ReceiptBody, TimelineEntry, UpcomingStep
from db.alone import Record
from db.codec import Glimpse, load_glimpse
from domain.forecast import Upcoming
from domain.state import Journey

SHOWN_AS = {"sending": "queued"}


def summary_of(row: Record) -> JourneySummary:
    """A line of the portfolio."""
    return JourneySummary(**_fields(row, load_glimpse(row.head)))


def detail_of(row: Row[Any] | Record, journey: Journey, zone: ZoneInfo) -> JourneyDetail:
    """The whole journey."""
    return JourneyDetail(
        **_fields(row, journey),
        incidents=[incident_of(it, journey, zone) for it in journey.incidents.values()],
        plans=[plan_of(it, journey, zone) for it in journey.plans.values()],
        appointments=[appointment_of(it, zone) for it in journey.appointments.values()],
        commitments=[commitment_of(it, zone) for it in journey.commitments.values()],
    )


def _fields(row: Row[Any] | Record, journey: Journey | Glimpse) -> dict[str, Any]:
    return {
        "siren": row.siren,
        "name": row.name or "",
        "organisation": row.organisation,
        "referent": row.referent,
        "phase": row.phase,
        "opened_on": row.opened_on,
        "ends_on": row.ends_on,
        "extensions": journey.extensions,
        "has_accountant": row.has_accountant,
        "headcount": journey.headcount,
        "open_incident": row.open_incident,
        "close_reason": journey.close_reason,
        "version": row.version,
    }


def entry_of(row: Record, zone: ZoneInfo) -> TimelineEntry:
    """One line of the timeline."""
    at = row.at.astimezone(zone)
    return TimelineEntry(at=at, kind=row.kind, rule=row.rule, summary=row.summary, event_id=row.event_id)


def step_of(upcoming: Upcoming, zone: ZoneInfo) -> UpcomingStep:
    """One step ahead."""
    effect = upcoming.effect
    return UpcomingStep(at=upcoming.at.astimezone(zone), kind=effect.kind, rule=effect.rule, summary=upcoming.summary)


def message_of(row: Record, receipts: Sequence[Record], zone: ZoneInfo) -> MessageBody:
    """One message and its receipts."""
    return MessageBody(
        id=row.id,
        channel=row.channel,
        template=row.template,
        to=row.to,
        title=row.title,
        text=row.text,
        status=SHOWN_AS.get(row.status, row.status),
        sent_at=row.sent_at and row.sent_at.astimezone(zone),
        receipts=[ReceiptBody(status=r.status, code=r.code, at=r.happened_at.astimezone(zone)) for r in receipts],
        rule=row.rule,
        subject=row.subject,
        recipient=row.recipient,
        reason=row.reason,
    )
