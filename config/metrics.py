"""Temporal's SDK in this process: its log among ours, its metrics and those of deliveries on a port, for Prometheus."""

from __future__ import annotations

import logging
from functools import cache

from temporalio.runtime import (
    LogForwardingConfig,
    LoggingConfig,
    PrometheusConfig,
    Runtime,
    TelemetryConfig,
    TelemetryFilter,
)

from activities.measuring import DUE_TO_ACCEPTED, prepare
from config.errors import SettingsError
from config.settings import Settings

COUNTS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Prometheus's client reads this variable when it is loaded: where processes behind one socket count together."""

LOG = LoggingConfig(
    TelemetryFilter(core_level="WARN", other_level="ERROR"),
    LogForwardingConfig(
        logging.getLogger("temporalio.core"), append_target_to_name=False, overwrite_log_record_time=False
    ),
)
"""Its core writes coloured text to standard error by itself."""

DUE_TO_ACCEPTED_BUCKETS = (0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3_600, 14_400, 86_400)


def sdk_runtime(settings: Settings) -> Runtime:
    """The runtime of a process that serves; raise SettingsError when the port of its metrics is taken."""
    return metrics_runtime(settings) or _without_metrics()


@cache
def _without_metrics() -> Runtime:
    return Runtime(telemetry=TelemetryConfig(logging=LOG))


def metrics_runtime(settings: Settings) -> Runtime | None:
    """A runtime that listens on the port of the settings; None without a port. Raise SettingsError when it is taken."""
    if settings.metrics_port is None:
        return None
    host = f"[{settings.metrics_host}]" if ":" in settings.metrics_host else settings.metrics_host
    prometheus = PrometheusConfig(
        bind_address=f"{host}:{settings.metrics_port}",
        counters_total_suffix=True,
        unit_suffix=True,
        durations_as_seconds=True,
        histogram_bucket_overrides={DUE_TO_ACCEPTED: DUE_TO_ACCEPTED_BUCKETS},
    )
    try:
        runtime = Runtime(telemetry=TelemetryConfig(logging=LOG, metrics=prometheus, attach_service_name=False))
    except (RuntimeError, ValueError):
        raise SettingsError(
            f"PARCOURS_METRICS_PORT: {prometheus.bind_address} cannot be listened on: choose another"
        ) from None
    prepare(runtime.metric_meter)
    return runtime
