"""The port on which Temporal's SDK serves its own metrics and those of deliveries, for Prometheus."""

from __future__ import annotations

from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig

from activities.measuring import DUE_TO_ACCEPTED, prepare
from config.errors import SettingsError
from config.settings import Settings

COUNTS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Prometheus's client reads this variable when it is loaded: where processes behind one socket count together."""

DUE_TO_ACCEPTED_BUCKETS = (0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3_600, 14_400, 86_400)


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
        runtime = Runtime(telemetry=TelemetryConfig(metrics=prometheus, attach_service_name=False))
    except (RuntimeError, ValueError):
        raise SettingsError(
            f"PARCOURS_METRICS_PORT: {prometheus.bind_address} cannot be listened on: choose another"
        ) from None
    prepare(runtime.metric_meter)
    return runtime
