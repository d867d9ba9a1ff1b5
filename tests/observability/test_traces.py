"""One trace leads from an event's request to the provider's call, and names nobody."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from activities.contract import workflow_id
from config.settings import Settings
from config.tracing import provider, tracing
from domain.messages import Recipient
from notifications.links import Holder, Links
from tests.e2e.conftest import SIREN, System, bearer, system
from tests.e2e.test_from_an_event_to_its_receipt import MINE, enrol, fast_forward
from tests.observability.people import found_in

__all__ = ["system"]

CHAIN = (
    "POST /v1/events",
    "relay nudge",
    "SignalWithStartWorkflow:Journey",
    "RunWorkflow:Journey",
    "RunActivity:take_step",
    "sendgrid send",
)


@pytest.fixture(autouse=True)
def exporter() -> Iterator[InMemorySpanExporter]:
    """Before any part of the system starts."""
    exporter = InMemorySpanExporter()
    with tracing(Settings(), exporter):
        yield exporter


def context_of(span: ReadableSpan) -> Any:
    return span.get_span_context()


def whole(span: ReadableSpan) -> str:
    return json.dumps(json.loads(span.to_json()), ensure_ascii=False)


async def test_one_trace_leads_from_the_event_to_the_provider(system: System, exporter: InMemorySpanExporter) -> None:
    await enrol(system)
    await fast_forward(system, 4)
    await system.until(f"{MINE}/messages", lambda rows: any(row["status"] == "sent" for row in rows))
    spans = exporter.get_finished_spans()
    request = next(span for span in spans if span.name == CHAIN[0])
    same = {span.name for span in spans if context_of(span).trace_id == context_of(request).trace_id}
    assert same >= set(CHAIN)


async def test_a_request_about_a_running_journey_is_linked_to_its_trace(
    system: System, exporter: InMemorySpanExporter
) -> None:
    await enrol(system)
    body = {"kind": "other", "format": "phone"}
    answer = await system.api.post(f"{MINE}/appointments", json=body, headers=bearer("agt"))
    assert answer.status_code == 201, answer.text
    spans = exporter.get_finished_spans()
    asked = next(span for span in spans if span.name.startswith("POST /v1/journeys"))
    handled = next(span for span in spans if span.name == "HandleUpdate:ask")
    traces = {context_of(handled).trace_id, *(link.context.trace_id for link in handled.links)}
    assert context_of(asked).trace_id in traces


async def test_no_span_tells_a_name_an_address_a_query_or_a_link(
    system: System, exporter: InMemorySpanExporter
) -> None:
    await enrol(system)
    await fast_forward(system, 4)
    await system.until(f"{MINE}/messages", lambda rows: any(row["status"] == "sent" for row in rows))
    link = Links("0" * 32, system.url).url(
        "preferences", SIREN, datetime.now(UTC) + timedelta(days=9), "", holder=Holder(Recipient.ENTERPRISE)
    )
    assert (await system.api.get(link)).status_code == 200
    assert (await system.api.get("/v1/journeys?q=Zoé", headers=bearer("agt"))).status_code == 200
    await system.api.get("/nowhere/zoe@example.org")
    written = "\n".join(map(whole, exporter.get_finished_spans()))
    assert "sendgrid send" in written
    assert not found_in(written)
    assert link.rsplit("/", 1)[1] not in written


async def test_what_a_caller_puts_in_its_baggage_stays_out_of_histories(system: System) -> None:
    await enrol(system)
    headers = bearer("agt") | {"baggage": "who=Lefevre"}
    answer = await system.api.post(f"{MINE}/appointments", json={"kind": "other", "format": "phone"}, headers=headers)
    assert answer.status_code == 201, answer.text
    history = await system.temporal.get_workflow_handle(workflow_id(SIREN)).fetch_history()
    written = b"".join(event.SerializeToString() for event in history.events)
    assert b"traceparent" in written
    assert b"Lefevre" not in written


async def test_health_and_metrics_are_not_traced(system: System, exporter: InMemorySpanExporter) -> None:
    for path in ("/healthz", "/readyz", "/metrics"):
        await system.api.get(path)
    assert not [span.name for span in exporter.get_finished_spans() if span.name.startswith("GET /")]


def test_without_a_collector_nothing_of_the_sdk_is_loaded() -> None:
    loaded = "import sys, worker, api.app, cli.serving; print([m for m in sys.modules if m in UNWANTED])"
    unwanted = ["opentelemetry.sdk", "opentelemetry.exporter", "temporalio.contrib.opentelemetry"]
    program = loaded.replace("UNWANTED", repr(unwanted))
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_a_process_that_stops_tracing_makes_no_more_spans() -> None:
    with tracing(Settings()):
        assert provider() is not None
    exporter = InMemorySpanExporter()
    with tracing(Settings(), exporter):
        pass
    assert provider() is None
