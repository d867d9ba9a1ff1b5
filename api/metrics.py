"""What Prometheus may read: counts without names."""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest


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
        self.events = Counter(
            "parcours_events", "Events received, by outcome at the door.", ["outcome"], registry=self.registry
        )
        self._events = self._gauge("parcours_events_stored", "Events not applied yet, by status.", "status")
        self._messages = self._gauge("parcours_messages", "Messages not settled yet, by status.", "status")
        self._overdue = self._gauge("parcours_promises_at_risk", "Open tasks past their deadline.", "organisation")
        self._database = Gauge("parcours_database_up", "Whether the database answers.", registry=self.registry)

    def _gauge(self, name: str, text: str, label: str) -> Gauge:
        return Gauge(name, text, [label], registry=self.registry)

    def observe(self, *, events: Mapping[str, int], messages: Mapping[str, int], overdue: Mapping[str, int]) -> None:
        """Set the gauges to what the database holds now."""
        self._database.set(1)
        for gauge, counts in ((self._events, events), (self._messages, messages), (self._overdue, overdue)):
            gauge.clear()
            for label, count in counts.items():
                gauge.labels(label).set(count)

    def database_lost(self) -> None:
        """Gauges read from the database are withdrawn rather than shown stale."""
        self._database.set(0)
        for gauge in (self._events, self._messages, self._overdue):
            gauge.clear()

    def text(self) -> bytes:
        """The Prometheus text format."""
        return generate_latest(self.registry)
