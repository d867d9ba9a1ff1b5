"""A worker serves, on a port of its own, what its deliveries took and what the SDK measures."""

from __future__ import annotations

import re
import socket
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from sqlalchemy import Row
from temporalio.runtime import Runtime
from temporalio.testing import ActivityEnvironment

from activities import measuring
from config.embedded.temporal import EmbeddedTemporal
from config.errors import SettingsError
from config.metrics import metrics_runtime
from config.settings import Settings
from config.temporal import connect
from notifications.ports import OutcomeUnknown, Refused, TryLater
from tests.e2e.conftest import free_port
from tests.observability.people import found_in


def message(**values: Any) -> Any:
    now = datetime.now(UTC)
    known = {"queued_at": now, "due_at": now, "channel": "sms", "organisation": "urssaf-idf", "to": "zoe@example.org"}
    return SimpleNamespace(**known | values)


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def runtime(port: int) -> Runtime:
    runtime = metrics_runtime(Settings(metrics_port=port))
    assert runtime is not None
    return runtime


def label(name: str, line: str) -> str:
    found = re.search(rf'\b{name}="([^"]*)"', line)
    return found[1] if found else ""


async def scrape(port: int) -> str:
    async with httpx.AsyncClient() as client:
        return (await client.get(f"http://127.0.0.1:{port}/metrics")).text


def measured(runtime: Runtime, *rows: Row[Any], troubles: tuple[Any, ...] = ()) -> None:
    environment = ActivityEnvironment()
    environment.metric_meter = runtime.metric_meter

    def deliver() -> None:
        for row in rows:
            measuring.accepted(row)
        for trouble in troubles:
            measuring.troubled("twilio", trouble)

    environment.run(deliver)


async def test_a_delivery_counts_from_the_instant_it_was_owed(runtime: Runtime, port: int) -> None:
    late = datetime.now(UTC) - timedelta(minutes=2)
    measured(runtime, message(due_at=late), message(), message(due_at=None, queued_at=late))
    text = await scrape(port)
    buckets = dict(re.findall(r'parcours_due_to_accepted_seconds_bucket\{.*le="([\d.]+)"\} (\d+)', text))
    assert (buckets["0.5"], buckets["60"], buckets["300"]) == ("1", "1", "3")
    assert 'channel="sms"' in text
    assert 'organisation="urssaf-idf"' in text
    assert not found_in(text)


async def test_a_clock_ahead_of_ours_never_counts_below_zero(runtime: Runtime, port: int) -> None:
    measured(runtime, message(due_at=datetime.now(UTC) + timedelta(days=30)))
    assert re.search(r"parcours_due_to_accepted_seconds_sum\{.*\} 0\n", await scrape(port))


async def test_a_provider_s_refusals_are_counted_by_outcome_and_code(runtime: Runtime, port: int) -> None:
    later, unknown = TryLater("20429", "too many requests"), OutcomeUnknown("no answer")
    measured(runtime, troubles=(Refused("21211", "invalid number"), later, later, unknown))
    text = await scrape(port)
    lines = [line for line in text.splitlines() if line.startswith("parcours_provider_errors_total{")]
    counted = {(label("code", line), label("outcome", line), line.rsplit(" ", 1)[1]) for line in lines}
    assert {it for it in counted if it[2] != "0"} == {
        ("21211", "refused", "1"),
        ("20429", "later", "2"),
        ("no answer", "unknown", "1"),
    }


async def test_the_sdk_s_own_metrics_are_served_beside_ours(
    runtime: Runtime, port: int, dev_server: EmbeddedTemporal
) -> None:
    client = await connect(dev_server.address, dev_server.namespace, runtime=runtime)
    assert await client.service_client.check_health()
    assert "temporal_request_total" in await scrape(port)


def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(SettingsError, match=f"PARCOURS_METRICS_PORT: 127.0.0.1:{port}"):
            metrics_runtime(Settings(metrics_port=port))


def test_no_port_is_opened_unless_asked_for() -> None:
    assert metrics_runtime(Settings()) is None
