"""What a delivery tells Prometheus, through the meter of Temporal's SDK: it is served beside the SDK's own metrics."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row
from temporalio import activity

from notifications.ports import OutcomeUnknown, Refused, TryLater

DUE_TO_ACCEPTED = "parcours_due_to_accepted"
"""A histogram in seconds; the SDK adds the unit to the name."""

PROVIDER_ERRORS = "parcours_provider_errors"
"""A counter; the SDK adds ``_total``."""

OUTCOMES: Mapping[type[Exception], str] = {Refused: "refused", TryLater: "later", OutcomeUnknown: "unknown"}


def accepted(message: Row[Any]) -> None:
    """A provider took a message: how long after it was owed, by channel and organisation."""
    elapsed = datetime.now(UTC) - (message.due_at or message.queued_at)
    histogram = activity.metric_meter().create_histogram_timedelta(
        DUE_TO_ACCEPTED, "From the instant a message was owed to its acceptance by the provider.", "s"
    )
    labels = {"channel": message.channel, "organisation": message.organisation}
    histogram.record(max(elapsed, timedelta()), labels)


def troubled(provider: str, trouble: Refused | TryLater | OutcomeUnknown) -> None:
    """A provider did not take a message: ``refused`` for good, ``later``, or nobody knows; with the provider's code."""
    counter = activity.metric_meter().create_counter(PROVIDER_ERRORS, "Calls a provider did not accept.")
    code = getattr(trouble, "code", "no answer")
    counter.add(1, {"provider": provider, "outcome": OUTCOMES[type(trouble)], "code": code})
