"""A worker that loses patience in seconds: a test waits for the verdict of the same code, not for its backoffs."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from unittest.mock import patch

from temporalio.common import RetryPolicy

from activities.delivering import Delivering
from activities.patience import Patience
from cli.main import main

SETTLE_AFTER = timedelta(seconds=15)
"""Longer than a provider has to answer (ten seconds) and a worker to call it."""

HURRIED = Patience(
    leave_within=timedelta(seconds=3),
    settle_after=SETTLE_AFTER,
    first_backoff=timedelta(seconds=0.5),
    longest_backoff=timedelta(seconds=5),
)

ATTEMPTS = RetryPolicy(initial_interval=timedelta(seconds=1), backoff_coefficient=1)

if __name__ == "__main__":
    patience = patch("worker.Delivering", partial(Delivering, patience=HURRIED))
    with patience, patch("workflows.journey.DELIVERY_RETRY", ATTEMPTS):
        main()
