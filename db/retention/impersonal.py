"""Columns of words or JSON that say nothing of a person, each with the reason why."""

from __future__ import annotations

EVERYWHERE = {
    "siren": "the public number of an enterprise: what is counted and what is proved hangs on it",
    "organisation": "an organisation",
}

_BY_REASON: dict[str, dict[str, tuple[str, ...]]] = {
    "words of a list of the code": {
        "accesses": ("role", "action", "outcome"),
        "cases": ("family", "kind", "status"),
        "commitments": ("kind", "rule"),
        "deliveries": ("status",),
        "events": ("type", "status"),
        "journeys": ("phase", "purged"),
        "meetings": ("kind",),
        "messages": ("rule", "channel", "recipient", "template", "purpose", "status", "provider"),
        "outgoing": ("type",),
        "paces": ("name",),
        "receipts": ("provider", "status", "code"),
        "sessions": ("role",),
        "slots": ("formats",),
        "stops": ("rule",),
        "subscriptions": ("types",),
        "surveys": ("moment",),
        "tasks": ("kind", "rule", "queue", "status"),
        "timeline": ("kind", "rule"),
        "upkeep": ("name",),
    },
    "ids drawn by Parcours, a provider or a sender": {
        "bookings": ("slot", "appointment"),
        "cases": ("id",),
        "commitments": ("id", "subject"),
        "events": ("source", "id", "trace"),
        "journeys": ("chain",),
        "meetings": ("id",),
        "messages": ("subject", "provider_id", "event_id"),
        "newsletters": ("id", "handed_to"),
        "notes": ("subject",),
        "receipts": ("event_key", "provider_id"),
        "registrations": ("meeting",),
        "slots": ("id",),
        "tasks": ("key",),
        "timeline": ("event_id",),
        "waiting": ("appointment",),
    },
    "what an organisation publishes to all": {
        "meetings": ("title", "place"),
        "newsletters": ("title", "body", "sectors"),
        "policies": ("version", "body"),
    },
    "an address of a system, and its key": {"subscriptions": ("url", "secret")},
    "what a server answered, without its words": {"deliveries": ("outcome",)},
    "the version of the schema": {"alembic_version": ("version_num",)},
    "amounts, dates and statuses, once domain.forgetting took the people out (db.retention.periods.STATE)": {
        "journeys": ("state",),
    },
}

IMPERSONAL: dict[tuple[str, str], str] = {
    (table, column): reason
    for reason, tables in _BY_REASON.items()
    for table, columns in tables.items()
    for column in columns
}
