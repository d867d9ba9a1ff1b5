"""Traces from the API to the provider, exported by OTLP once a collector is named; until then nothing is loaded."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from opentelemetry import context, trace
from opentelemetry.trace import TracerProvider
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Interceptor

from config.settings import Settings
from db import events
from notifications.ports import Sender

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter

SAME_TRACE_WITHIN = timedelta(minutes=10)
"""A wake-up belongs to the trace of the enterprise's last event when that came less than this before."""

Nudge = Callable[[str], Awaitable[None]]

_provider: TracerProvider | None = None


@contextmanager
def tracing(settings: Settings, exporter: SpanExporter | None = None) -> Iterator[None]:
    """Trace this process as long as this lasts, by the exporter or to the collector of the settings, if any."""
    global _provider
    if exporter is None and settings.otlp_endpoint is None:
        yield
        return
    from config.spans import make_provider

    provider = _provider = make_provider(settings, exporter)
    try:
        yield
    finally:
        _provider = None
        provider.shutdown()


def provider() -> TracerProvider | None:
    """Who makes spans in this process, None when nothing is traced."""
    return _provider


def interceptors() -> Sequence[Interceptor]:
    """What a Temporal client is given: its workers take it over."""
    if _provider is None:
        return ()
    from temporalio.contrib.opentelemetry import TracingInterceptor

    interceptor = TracingInterceptor(_provider.get_tracer("parcours.temporal"))
    # The default carries the baggage of whoever called into histories.
    interceptor.text_map_propagator = TraceContextTextMapPropagator()
    return (interceptor,)


def watched(name: str, sender: Sender) -> Sender:
    """The sender of a provider, each call of it a span."""
    if _provider is None:
        return sender
    from config.spans import WatchedSender

    return WatchedSender(name, sender, _provider.get_tracer("parcours.providers"))


def traceparent() -> str | None:
    """The current span as a W3C traceparent, to be kept with what it brought."""
    carrier: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(carrier)
    return carrier.get("traceparent")


def resuming(engine: AsyncEngine, nudge: Nudge) -> Nudge:
    """Wake journeys in the trace of the event that asks for it: the relay stands between the two."""
    if _provider is None:
        return nudge
    tracer = _provider.get_tracer("parcours.relay")

    async def resumed(siren: str) -> None:
        async with engine.connect() as connection:
            kept = await events.last_trace(connection, siren, SAME_TRACE_WITHIN)
        parent = TraceContextTextMapPropagator().extract({"traceparent": kept} if kept else {}, context.Context())
        with tracer.start_as_current_span("relay nudge", parent, trace.SpanKind.INTERNAL):
            await nudge(siren)

    return resumed
