"""What Prometheus may read: the promises made to enterprises, in counts and seconds without names."""

from __future__ import annotations

from collections.abc import Mapping
from math import nan

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from db.gauges import Readings, Samples

# Read from the database, by name without its prefix: what it says and its labels.
GAUGES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "events_stored": ("Events not applied yet, by status.", ("status",)),
    "waiting_events_oldest_seconds": ("Age of the oldest event that waits for its account.", ()),
    "relay_lag_seconds": ("Age of the oldest event stored and not applied yet.", ()),
    "wakeups_owed": ("Journeys to be woken that Temporal has not been told of.", ()),
    "messages": ("Messages without a known end, by status.", ("status",)),
    "messages_owed": ("Messages owed already that no provider has taken.", ("channel",)),
    "messages_owed_oldest_seconds": ("Age of the oldest message owed that no provider has taken.", ("channel",)),
    "receipts_missing": ("Messages taken over four hours ago without a receipt since.", ("channel", "provider")),
    "promises_at_risk": ("Commitments due within six hours, or past due.", ("kind", "organisation")),
    "promises_breached": ("Commitments breached in the last 24 hours.", ("kind", "organisation")),
    "tasks_overdue": ("Open tasks past their deadline.", ("organisation",)),
    "deliveries": ("Events out to deliver: pending, failing among them, failed for good.", ("state",)),
    "journeys": ("Journeys by phase.", ("organisation", "phase")),
}


class Metrics:
    """One registry per application."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Histogram(
            "parcours_http_request_seconds",
            "HTTP requests and their duration.",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self.events = self._counter("events", "Events received, by outcome at the door.", "outcome")
        self.receipts = self._counter("receipts", "Receipts received, by what they say.", "provider", "status")
        self._database = Gauge("parcours_database_up", "Whether the database answers.", registry=self.registry)
        self._gauges = {
            name: Gauge(f"parcours_{name}", text, labels, registry=self.registry)
            for name, (text, labels) in GAUGES.items()
        }
        self.database_lost()

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"parcours_{name}", text, labels, registry=self.registry)

    def observe(self, readings: Readings) -> None:
        """Set gauges to what the database holds now."""
        self._database.set(1)
        for name, samples in readings.items():
            self._set(name, samples)

    def database_lost(self) -> None:
        """Gauges read from the database are withdrawn rather than shown stale."""
        self._database.set(0)
        for name, (_, labels) in GAUGES.items():
            self._set(name, {} if labels else {(): nan})

    def _set(self, name: str, samples: Samples) -> None:
        gauge = self._gauges[name]
        gauge.clear()
        for labels, value in samples.items():
            (gauge.labels(*labels) if labels else gauge).set(value)

    def text(self) -> bytes:
        """The Prometheus text format."""
        return generate_latest(self.registry)
