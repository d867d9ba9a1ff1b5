"""What alerts and panels ask for is there from the first scrape of a system that has nothing to say yet.

A counter that appears with its first failure hides that one from `increase`; a gauge that is absent looks like a zero
that nobody measured.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import promql_parser
import pytest
from prometheus_client.parser import text_string_to_metric_families
from temporalio.client import Client

from config.embedded.temporal import EmbeddedTemporal
from tests.deploy.installation import ROOT
from tests.deploy.test_monitoring import ALERTS, QUERIES
from tests.e2e.conftest import free_port, whole_system

OF_PROMETHEUS = {"up"}
EXPRESSIONS = sorted({*QUERIES, *(alert["expr"] for alert in ALERTS)})
CHILDREN = ("lhs", "rhs", "expr", "args", "vector_selector")
NOTHING_MEASURED = re.compile(r"(parcours_due_to_accepted|temporal_\w+_latency)_seconds_(bucket|count)")
"""Histograms of the worker begin with their first measure: a quantile of nothing is nothing."""

Series = list[tuple[str, Mapping[str, str]]]


@pytest.fixture
async def served(
    database_url: str,
    dev_server: EmbeddedTemporal,
    temporal: Client,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Series]:
    """All series of the API and of a worker, by name with their labels."""
    monkeypatch.setattr(
        "api.gauges.PATIENCE", timedelta(minutes=1)
    )  # a busy machine withdraws what it reads too slowly
    port = free_port()
    policies = {"policies": ROOT / "policies", "metrics_port": port}
    async with (
        whole_system(database_url, dev_server, temporal, tmp_path, free_port(), **policies) as system,
        httpx.AsyncClient() as worker,
    ):
        texts = [await system.api.get("/metrics"), await worker.get(f"http://127.0.0.1:{port}/metrics")]
        yield [found for text in texts for found in series(text.text)]


def series(text: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    for family in text_string_to_metric_families(text):
        yield from ((sample.name, sample.labels) for sample in family.samples)


def selectors(node: Any) -> Iterator[Any]:
    if isinstance(node, promql_parser.VectorSelector):
        yield node
    for name in CHILDREN:
        inner = getattr(node, name, None)
        for child in inner if isinstance(inner, list) else [inner] if inner is not None else []:
            yield from selectors(child)


def is_chosen(selector: Any, labels: Mapping[str, str]) -> bool:
    return all(holds(matcher, labels.get(matcher.name, "")) for matcher in selector.matchers.matchers)


def holds(matcher: Any, value: str) -> bool:
    is_pattern = matcher.op in (promql_parser.MatchOp.Re, promql_parser.MatchOp.NotRe)
    matches = bool(re.fullmatch(matcher.value, value)) if is_pattern else matcher.value == value
    return matches is (matcher.op in (promql_parser.MatchOp.Re, promql_parser.MatchOp.Equal))


async def test_every_series_of_an_alert_or_a_panel_exists_from_the_first_scrape(served: Series) -> None:
    asked_for = [it for expr in EXPRESSIONS for it in selectors(promql_parser.parse(expr))]
    assert len(asked_for) >= len(EXPRESSIONS)
    missing = [
        it.prettify()
        for it in asked_for
        if it.name not in OF_PROMETHEUS
        and not NOTHING_MEASURED.fullmatch(it.name)
        and not any(name == it.name and is_chosen(it, labels) for name, labels in served)
    ]
    assert missing == []


@pytest.mark.parametrize("organisation", ["urssaf-idf", "urssaf-rhone-alpes"])
async def test_each_organisation_has_its_own_series(served: Series, organisation: str) -> None:
    own = {name for name, labels in served if labels.get("organisation") == organisation}
    assert {"parcours_promises_at_risk", "parcours_promises_breached", "parcours_tasks_overdue"} <= own
