"""What a delivery tells Prometheus, through the meter of Temporal's SDK: it is served beside the SDK's own metrics."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row
from temporalio import activity
from temporalio.common import MetricCounter, MetricMeter

from notifications.ports import AccountRefused, OutcomeUnknown, Refused, TryLater
from notifications.sendgrid import sender as sendgrid
from notifications.twilio import codes as twilio

DUE_TO_ACCEPTED = "parcours_due_to_accepted"
"""A histogram in seconds; the SDK adds the unit to the name."""

PROVIDER_ERRORS = "parcours_provider_errors"
"""A counter; the SDK adds ``_total``."""

STEPS_FAILED = "temporal_local_activity_execution_failed"
CACHED = "temporal_sticky_cache_size"
"""The SDK's own counter and gauge, which it shows with the first step tried again and the first journey only."""

OUTCOMES: Mapping[type[Exception], str] = {
    Refused: "refused",
    TryLater: "later",
    AccountRefused: "account",
    OutcomeUnknown: "unknown",
}

NO_ANSWER = "no answer"
FOR_GOOD = {"twilio": twilio.CONTACT_BAD | twilio.OPTED_OUT, "sendgrid": {"400"}}
PASSING = {"twilio": twilio.BUSY, "sendgrid": {str(status) for status in sendgrid.UNAVAILABLE}}
ACCOUNTS = {"twilio": twilio.ACCOUNT, "sendgrid": {str(status) for status in sendgrid.ACCOUNT}}
KNOWN: Mapping[str, Mapping[str, Iterable[str]]] = {"refused": FOR_GOOD, "later": PASSING, "account": ACCOUNTS}


def prepare(meter: MetricMeter) -> None:
    """Show zeros before the first trouble: of a counter that appears with it, Prometheus sees no increase."""
    counter = _errors(meter)
    for outcome, codes in KNOWN.items():
        for provider, its in codes.items():
            for code in its:
                counter.add(0, {"provider": provider, "outcome": outcome, "code": code})
    for provider in FOR_GOOD:
        counter.add(0, {"provider": provider, "outcome": "unknown", "code": NO_ANSWER})
    meter.create_counter(STEPS_FAILED).add(0)
    meter.create_gauge(CACHED).set(0)


def _errors(meter: MetricMeter) -> MetricCounter:
    return meter.create_counter(PROVIDER_ERRORS, "Calls a provider did not accept.")


def accepted(message: Row[Any]) -> None:
    """A provider took a message: how long after it was owed, by channel and organisation."""
    elapsed = datetime.now(UTC) - (message.due_at or message.queued_at)
    histogram = activity.metric_meter().create_histogram_timedelta(
        DUE_TO_ACCEPTED, "From the instant a message was owed to its acceptance by the provider.", "s"
    )
    labels = {"channel": message.channel, "organisation": message.organisation}
    histogram.record(max(elapsed, timedelta()), labels)


def troubled(provider: str, trouble: Refused | TryLater | OutcomeUnknown) -> None:
    """A provider did not take a message: ``refused`` for good, ``later``, for our ``account``, or nobody knows; why."""
    code = getattr(trouble, "code", NO_ANSWER)
    _errors(activity.metric_meter()).add(1, {"provider": provider, "outcome": OUTCOMES[type(trouble)], "code": code})
