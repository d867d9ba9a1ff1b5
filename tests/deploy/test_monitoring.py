"""Alerts and dashboard ask for metrics that are served, and every alert says what to do."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import promql_parser
import pytest
import yaml
from temporalio import activity, workflow
from temporalio.runtime import Runtime
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from activities.measuring import DUE_TO_ACCEPTED, PROVIDER_ERRORS
from api.metrics import Metrics
from config.embedded.temporal import EmbeddedTemporal
from config.metrics import metrics_runtime
from config.settings import Settings
from config.temporal import connect
from tests.deploy.installation import ROOT
from tests.e2e.conftest import free_port

RULES: dict[str, Any] = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text())
ALERTS: list[dict[str, Any]] = [rule for group in RULES["groups"] for rule in group["rules"]]
DASHBOARD: dict[str, Any] = json.loads((ROOT / "deploy/grafana/parcours.json").read_text())
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
QUERIES = [target["expr"] for panel in PANELS for target in panel["targets"]]
RUNBOOK = (ROOT / "docs/runbook.md").read_text()
SECTIONS = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", RUNBOOK, flags=re.MULTILINE | re.DOTALL))
METRIC = re.compile(r"\b(?:parcours|temporal)_\w+|\bup\b")
SERVED = re.compile(r"^# TYPE (\S+) (\w+)$", flags=re.MULTILINE)
BY_PROMETHEUS = {"up"}


@workflow.defn
class Errand:
    @workflow.run
    async def run(self) -> None:
        second = timedelta(seconds=1)
        await workflow.execute_local_activity(stumble, start_to_close_timeout=second)


@activity.defn
async def stumble() -> None:
    if activity.info().attempt < 2:
        raise RuntimeError


def names(types: Iterable[tuple[str, str]]) -> Iterator[str]:
    """What Prometheus keeps of each metric."""
    for name, kind in types:
        yield from (f"{name}_{part}" for part in ("bucket", "sum", "count")) if kind == "histogram" else (name,)


async def served_by_a_worker(runtime: Runtime, port: int, server: EmbeddedTemporal) -> str:
    client = await connect(server.address, server.namespace, runtime=runtime)
    runtime.metric_meter.create_histogram_timedelta(DUE_TO_ACCEPTED, unit="s").record(timedelta())
    runtime.metric_meter.create_counter(PROVIDER_ERRORS).add(1)
    work = {"task_queue": "monitoring", "workflows": [Errand], "activities": [stumble]}
    async with Worker(client, **work, workflow_runner=UnsandboxedWorkflowRunner()), httpx.AsyncClient() as http:
        await client.execute_workflow(Errand.run, id="errand", task_queue="monitoring")
        return (await http.get(f"http://127.0.0.1:{port}/metrics")).text


@pytest.fixture
async def served(dev_server: EmbeddedTemporal) -> set[str]:
    """Names of all that the API and a worker serve."""
    port = free_port()
    runtime = metrics_runtime(Settings(metrics_port=port))
    assert runtime is not None
    worker = SERVED.findall(await served_by_a_worker(runtime, port, dev_server))
    return set(names(worker)) | set(names(SERVED.findall(Metrics().text().decode()))) | BY_PROMETHEUS


async def test_every_metric_asked_for_is_served(served: set[str]) -> None:
    asked_for = {name for expr in (*QUERIES, *(alert["expr"] for alert in ALERTS)) for name in METRIC.findall(expr)}
    assert asked_for - served == set()


async def test_every_gauge_of_the_promises_is_on_the_dashboard_or_in_an_alert() -> None:
    asked_for = "".join((*QUERIES, *(alert["expr"] for alert in ALERTS)))
    ours = {name for name in names(SERVED.findall(Metrics().text().decode())) if not name.endswith("_created")}
    unused = {name for name in ours if name not in asked_for and not name.endswith("_sum")}
    assert unused == set()


@pytest.mark.parametrize("expr", [*QUERIES, *(alert["expr"] for alert in ALERTS)])
def test_every_expression_is_promql(expr: str) -> None:
    promql_parser.parse(expr)


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_an_alert_says_how_grave_it_is_what_happens_and_what_to_do(alert: dict[str, Any]) -> None:
    assert alert["labels"]["severity"] in ("critical", "warning")
    assert re.fullmatch(r"\d+[smh]", alert["for"])
    assert alert["annotations"]["summary"].endswith(".")
    file, _, anchor = alert["annotations"]["runbook"].partition("#")
    assert (ROOT / file).is_file()
    assert anchor == alert["alert"].lower()
    said = re.findall(r"^\*\*(\w+)\.\*\* \S", SECTIONS[alert["alert"]], flags=re.MULTILINE)
    assert said == ["Means", "Look", "Do", "Call"]


def test_the_runbook_has_no_section_for_an_alert_that_is_gone() -> None:
    assert list(SECTIONS) == [alert["alert"] for alert in ALERTS]


def test_the_runbook_s_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)", RUNBOOK):
        assert (ROOT / "docs" / target).resolve().is_file(), target
    for anchor in re.findall(r"\]\(operations.md#([\w-]+)\)", RUNBOOK):
        titles = re.findall(r"^#+ (.*)$", (ROOT / "docs/operations.md").read_text(), flags=re.MULTILINE)
        assert anchor in {title.lower().replace(" ", "-") for title in titles}


def test_panels_have_ids_of_their_own_and_do_not_overlap() -> None:
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in PANELS]
    assert len(set(places)) == len(places)


def test_prometheus_scrapes_the_jobs_that_the_alerts_name(services: dict[str, Any]) -> None:
    scraping = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())
    jobs = {job["job_name"]: job for job in scraping["scrape_configs"]}
    named = {job for alert in ALERTS for job in re.findall(r'job="([\w-]+)"', alert["expr"])}
    assert named == set(jobs)
    [worker] = jobs["parcours-worker"]["dns_sd_configs"]
    assert str(worker["port"]) == services["worker"]["environment"]["PARCOURS_METRICS_PORT"]
    assert jobs["parcours-api"]["static_configs"][0]["targets"] == ["api:8000"]
    assert all(Path(file).name == file for file in scraping["rule_files"])
