"""What Prometheus may read: the promises made to enterprises, in counts and seconds without names."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from math import nan

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector

from config.metrics import COUNTS_FOLDER
from db.gauges import Readings

# Read from the database, by name without its prefix: what it says and its labels.
GAUGES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "events_stored": ("Events not applied yet, by status.", ("status",)),
    "waiting_events_oldest_seconds": ("Age of the oldest event that waits for its account.", ()),
    "relay_lag_seconds": ("Age of the oldest event stored and not applied yet.", ()),
    "wakeups_owed": ("Journeys to be woken that Temporal has not been told of.", ()),
    "messages": ("Messages whose end is awaited, by status.", ("status",)),
    "messages_owed": ("Messages owed already that no provider has taken.", ("channel",)),
    "messages_owed_oldest_seconds": ("Age of the oldest message owed that no provider has taken.", ("channel",)),
    "receipts_missing": ("Messages taken over four hours ago without a receipt since.", ("channel", "provider")),
    "promises_at_risk": ("Commitments due within six hours, or past due.", ("kind", "organisation")),
    "promises_breached": ("Commitments breached in the last 24 hours.", ("kind", "organisation")),
    "tasks_overdue": ("Open tasks past their deadline.", ("organisation",)),
    "deliveries": ("Events out to deliver: pending, failing among them, failed for good.", ("state",)),
    "journeys": ("Journeys by phase.", ("organisation", "phase")),
}


OUTCOMES = ("accepted", "duplicate", "rejected")


class Held:
    """What the database held when it was last read, by reading; nothing rather than something stale."""

    def __init__(self) -> None:
        self.readings: dict[str, Readings] = {}
        self.up = False

    def collect(self) -> Iterator[Metric]:
        """Every gauge; one without labels that is not known is NaN."""
        yield GaugeMetricFamily("parcours_database_up", "Whether the database answers.", value=float(self.up))
        known = {name: samples for reading in self.readings.values() for name, samples in reading.items()}
        for name, (text, labels) in GAUGES.items():
            family = GaugeMetricFamily(f"parcours_{name}", text, labels=labels)
            for values, value in known.get(name, {} if labels else {(): nan}).items():
                family.add_metric(values, value)
            yield family


class Metrics:
    """Counts of one application, or of all the processes that share its socket; readings of the database."""

    def __init__(self) -> None:
        self._counted, self._held = CollectorRegistry(), Held()
        self._read = CollectorRegistry()
        self._read.register(self._held)
        self._requests = Histogram(
            "parcours_http_request_seconds",
            "HTTP requests and their duration.",
            ["method", "route", "status"],
            registry=self._counted,
        )
        self._known: dict[tuple[str, str, int], Histogram] = {}
        events = self._counter("events", "Events received, by outcome at the door.", "outcome")
        self.events = {outcome: events.labels(outcome) for outcome in OUTCOMES}
        self.receipts = self._counter("receipts", "Receipts received, by what they say.", "provider", "status")

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"parcours_{name}", text, labels, registry=self._counted)

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request and how long it took."""
        series = method, route, status
        child = self._known.get(series)
        if child is None:
            child = self._known[series] = self._requests.labels(*series)
        child.observe(seconds)

    def observe(self, reading: str, found: Readings) -> None:
        """Set the gauges of one reading to what it found; withdraw those it found before and no longer does."""
        self._held.readings[reading] = found

    def database_answers(self, answers: bool) -> None:
        """Gauges read from a database that does not answer are withdrawn rather than shown stale."""
        self._held.up = answers
        if not answers:
            self._held.readings.clear()

    def text(self) -> bytes:
        """The Prometheus text format."""
        return generate_latest(_summed(self._counted)) + generate_latest(self._read)


def _summed(counted: CollectorRegistry) -> CollectorRegistry:
    """Counts of every process of the folder; without a folder, of this one."""
    folder = os.environ.get(COUNTS_FOLDER)
    if folder is None:
        return counted
    everyone = CollectorRegistry()
    MultiProcessCollector(everyone, folder)  # type: ignore[no-untyped-call]
    return everyone
