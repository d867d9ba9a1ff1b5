"""The tables. Personal data: ``enterprises``, ``agents``, ``events.data``, ``messages``, ``notes``, ``tasks.note``."""

from db.tables.base import metadata
from db.tables.cases import bookings, cases, commitments, slots
from db.tables.inbox import events, idempotency, receipts, surveys
from db.tables.journeys import enterprises, journeys, notes, tasks, timeline, waiting
from db.tables.organisations import agents, policies
from db.tables.outbox import deliveries, messages, outgoing, subscriptions

__all__ = [
    "agents",
    "bookings",
    "cases",
    "commitments",
    "deliveries",
    "enterprises",
    "events",
    "idempotency",
    "journeys",
    "messages",
    "metadata",
    "notes",
    "outgoing",
    "policies",
    "receipts",
    "slots",
    "subscriptions",
    "surveys",
    "tasks",
    "timeline",
    "waiting",
]
