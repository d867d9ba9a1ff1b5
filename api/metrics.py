"""What Prometheus may read: the promises made to enterprises, in counts and seconds without names."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from math import nan

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector

from config.metrics import COUNTS_FOLDER
from db.gauges import Readings, Samples
from domain.rules.commitments import NAMES
from domain.state import Channel, Phase

# Read from the database, by name without its prefix: what it says and its labels.
GAUGES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "events_stored": ("Events not applied yet, by status.", ("status",)),
    "set_aside_events_oldest_seconds": ("Age of the oldest event that an administrator has to retry or refuse.", ()),
    "waiting_events_oldest_seconds": ("Age of the oldest event that waits for its account.", ()),
    "relay_lag_seconds": ("Age of the oldest event stored and not applied yet.", ()),
    "wakeups_owed": ("Journeys to be woken that Temporal has not been told of.", ()),
    "messages": ("Messages whose end is awaited, by status.", ("status",)),
    "messages_owed": ("Messages owed already that no provider has taken.", ("channel",)),
    "messages_owed_oldest_seconds": ("Age of the oldest message owed that no provider has taken.", ("channel",)),
    "receipts_missing": ("Messages taken over four hours ago without a receipt since.", ("channel", "provider")),
    "messages_refused_to_account": ("Messages that wait for our account to be put right.", ("provider", "code")),
    "promises_at_risk": ("Commitments due within six hours, or past due.", ("kind", "organisation")),
    "promises_breached": ("Commitments breached in the last 24 hours.", ("kind", "organisation")),
    "tasks_overdue": ("Open tasks past their deadline.", ("organisation",)),
    "deliveries": ("Events out to deliver: pending, failing among them, failed for good.", ("state",)),
    "purge_last_success_timestamp_seconds": ("When the purge last ended well, or was first awaited.", ()),
    "journeys": ("Journeys by phase.", ("organisation", "phase")),
}


OUTCOMES = ("accepted", "duplicate", "rejected")
RECEIPTS = tuple(product(("twilio", "sendgrid"), ("sent", "delivered", "failed")))
ACCOUNTS = (("twilio", "20003"), ("sendgrid", "401"))
SILENT = (("sms", "twilio"), ("mail", "sendgrid"))
FIRST_REQUESTS = (("POST", "/v1/events", 202), ("POST", "/v1/events", 500), ("POST", "/v1/events", 503))
"""What alerts ask for: a counter that appears with its first failure hides that one from `rate` and `increase`."""


def _expected(organisations: Iterable[str]) -> Mapping[str, Sequence[tuple[str, ...]]]:
    """The series of each gauge that are zero rather than absent when the database holds nothing of them."""
    known = tuple(organisations)
    promised = tuple(product(NAMES, known))
    channels = tuple((channel.value,) for channel in Channel)
    return {
        "messages_owed": channels,
        "messages_owed_oldest_seconds": channels,
        "receipts_missing": SILENT,
        "messages_refused_to_account": ACCOUNTS,
        "promises_at_risk": promised,
        "promises_breached": promised,
        "tasks_overdue": tuple((organisation,) for organisation in known),
        "journeys": tuple(product(known, (phase.value for phase in Phase))),
    }


class Held:
    """What the database held when it was last read, by reading; nothing rather than something stale."""

    def __init__(self, organisations: Iterable[str]) -> None:
        self.readings: dict[str, Readings] = {}
        self.up = False
        self._expected = _expected(organisations)

    def collect(self) -> Iterator[Metric]:
        """Every gauge; one without labels that is not known is NaN."""
        yield GaugeMetricFamily("parcours_database_up", "Whether the database answers.", value=float(self.up))
        known = {name: samples for reading in self.readings.values() for name, samples in reading.items()}
        for name, (text, labels) in GAUGES.items():
            family = GaugeMetricFamily(f"parcours_{name}", text, labels=labels)
            unknown: Samples = {} if labels else {(): nan}
            zeros = dict.fromkeys(self._expected.get(name, ()), 0.0)
            for values, value in ({**zeros, **known[name]} if name in known else unknown).items():
                family.add_metric(values, value)
            yield family


class Metrics:
    """Counts of one application, or of all the processes that share its socket; readings of the database.

    What an alert or a panel asks for is there from the first scrape on, for the organisations that are known.
    """

    def __init__(self, organisations: Iterable[str] = ()) -> None:
        self._counted, self._held = CollectorRegistry(), Held(organisations)
        self._read = CollectorRegistry()
        self._read.register(self._held)
        self._requests = Histogram(
            "parcours_http_request_seconds",
            "HTTP requests and their duration.",
            ["method", "route", "status"],
            registry=self._counted,
        )
        self._known = {series: self._requests.labels(*series) for series in FIRST_REQUESTS}
        events = self._counter("events", "Events received, by outcome at the door.", "outcome")
        self.events = {outcome: events.labels(outcome) for outcome in OUTCOMES}
        self.receipts = self._counter("receipts", "Receipts received, by what they say.", "provider", "status")
        self.receipts_odd = self._counter("receipts_odd", "Elements of batches that are not as documented.", "provider")
        self.receipts_odd.labels("sendgrid")
        for series in RECEIPTS:
            self.receipts.labels(*series)

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
