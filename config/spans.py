"""Spans as they leave the process: what may name a person, or is a key, stays here. Loaded only when tracing is on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import SpanKind, Status, StatusCode, Tracer
from opentelemetry.util.types import Attributes
from typing_extensions import override

from config.settings import Settings
from notifications.ports import Letter, OutcomeUnknown, Refused, Sender, Sent, TryLater

# A list of what may leave, not of what may not: a library's next version may add an attribute.
# Paths and queries hold link tokens and names, descriptions of errors whatever a library quotes.
DISCREET = frozenset(
    {
        "error.type",
        "exception.type",
        "http.request.method",
        "http.response.status_code",
        "http.route",
        "messaging.destination.kind",
        "messaging.message.id",
        "messaging.operation.name",
        "messaging.system",
        "temporalActivityID",
        "temporalRunID",
        "temporalUpdateID",
        "temporalWorkflowID",
        "url.scheme",
    }
)


def make_provider(settings: Settings, exporter: SpanExporter | None) -> TracerProvider:
    """Spans to the exporter, each at its end, or in batches to the collector; sampled as `OTEL_TRACES_SAMPLER` says."""
    resource = Resource.create({"service.name": settings.otel_service_name})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    if exporter:
        provider.add_span_processor(SimpleSpanProcessor(Discreet(exporter)))
    else:
        provider.add_span_processor(BatchSpanProcessor(Discreet(_otlp(settings))))
    return provider


def _otlp(settings: Settings) -> SpanExporter:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    return OTLPSpanExporter(endpoint=f"{settings.otlp_endpoint}/v1/traces")


class Discreet(SpanExporter):
    """Lets through what names nobody."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter

    @override
    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Hand over the spans without what must stay."""
        return self._exporter.export([_discreet(span) for span in spans])

    @override
    def shutdown(self) -> None:
        """Close the exporter."""
        self._exporter.shutdown()

    @override
    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Wait until everything left, for that many milliseconds at most."""
        return self._exporter.force_flush(timeout_millis)


def _discreet(span: ReadableSpan) -> ReadableSpan:
    return ReadableSpan(
        name=span.name,
        context=span.get_span_context(),
        parent=span.parent,
        resource=span.resource,
        attributes=_allowed(span.attributes),
        events=[Event(it.name, _allowed(it.attributes), it.timestamp) for it in span.events],
        links=span.links,
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _allowed(attributes: Attributes) -> Attributes:
    return {name: value for name, value in (attributes or {}).items() if name in DISCREET}


class WatchedSender(Sender):
    """A sender whose every call is a span, with the message's id in our ledger and no address."""

    def __init__(self, name: str, sender: Sender, tracer: Tracer) -> None:
        self._name, self._sender, self._tracer = name, sender, tracer

    @property
    def can_find(self) -> bool:
        """As the sender's."""
        return self._sender.can_find

    @override
    async def send(self, letter: Letter) -> Sent:
        """Hand the letter over."""
        attributes = self._attributes(letter, "send")
        with self._tracer.start_as_current_span(
            f"{self._name} send", kind=SpanKind.CLIENT, attributes=attributes, record_exception=False
        ) as span:
            try:
                return await self._sender.send(letter)
            except (Refused, TryLater, OutcomeUnknown) as trouble:
                span.set_attribute("error.type", type(trouble).__name__)
                span.set_status(StatusCode.ERROR)
                raise

    @override
    async def find(self, letter: Letter, since: datetime) -> Sent | None:
        """Ask what became of the letter."""
        attributes = self._attributes(letter, "find")
        with self._tracer.start_as_current_span(f"{self._name} find", kind=SpanKind.CLIENT, attributes=attributes):
            return await self._sender.find(letter, since)

    def _attributes(self, letter: Letter, operation: str) -> dict[str, str]:
        return {
            "messaging.system": self._name,
            "messaging.operation.name": operation,
            "messaging.destination.kind": letter.channel,
            "messaging.message.id": letter.message_id,
        }
