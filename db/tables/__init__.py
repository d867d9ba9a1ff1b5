"""The tables. Which columns say something of a person, and how long they do: ``db.retention.periods``."""

from db.tables.base import metadata
from db.tables.cases import bookings, cases, commitments, slots
from db.tables.identity import accesses, sessions, sign_ins
from db.tables.inbox import events, idempotency, link_deeds, receipts, surveys
from db.tables.journeys import enterprises, journeys, notes, tasks, timeline, waiting
from db.tables.meetings import meetings, registrations
from db.tables.newsletters import newsletters
from db.tables.organisations import agents, policies
from db.tables.outbox import deliveries, messages, outgoing, paces, subscriptions
from db.tables.stops import stops
from db.tables.upkeep import upkeep

__all__ = [
    "accesses",
    "agents",
    "bookings",
    "cases",
    "commitments",
    "deliveries",
    "enterprises",
    "events",
    "idempotency",
    "journeys",
    "link_deeds",
    "meetings",
    "messages",
    "metadata",
    "newsletters",
    "notes",
    "outgoing",
    "paces",
    "policies",
    "receipts",
    "registrations",
    "sessions",
    "sign_ins",
    "slots",
    "stops",
    "subscriptions",
    "surveys",
    "tasks",
    "timeline",
    "upkeep",
    "waiting",
]
