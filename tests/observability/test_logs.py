"""A whole journey, its failures included, leaves no name, address or link in the logs of the API and the worker.

What is read is what was logged, before the mask of `config.logging`, which is the last line of defence.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from config.logging import configure
from db.tables import events
from domain.messages import Recipient
from notifications.links import Holder, Links
from tests.e2e.conftest import SIREN, System, bearer, system
from tests.e2e.test_from_an_event_to_its_receipt import ACCOUNT, MINE, enrol, fast_forward
from tests.fakes.server import Answer, Drop
from tests.observability.people import found_in
from tests.observability.rows import NOW, add, event

__all__ = ["system"]

NOTE = {"name": "Zoé Lefèvre", "email": "zoe@example.org", "phone": "+33639980001"}
CONTENT = {"Content-Type": "application/cloudevents+json"}


class Raw(logging.Handler):
    """Keeps each line of the API and the worker with all that came with it; not those of the test's own client."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.startswith(("httpx", "httpcore")):
            return
        trace = logging.Formatter().formatException(record.exc_info) if record.exc_info else ""
        self.lines.append(f"{record.name} {record.msg!s} {record.args!s} {trace}")


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[str]]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    configure("json")
    raw = Raw()
    root.addHandler(raw)
    yield raw.lines
    root.handlers, root.level = handlers, level


async def live(system: System) -> None:
    """An enrolment, an incident, a plan, refusals of both providers, receipts, pages."""
    # Refused at once, in doubt, then busy: at the first attempt, and at those by the queue that follow it.
    system.twilio.script(Answer(400, 21211), Drop(), *[Answer(429, 20429)] * 4)
    system.sendgrid.script(Answer(400), *[Answer(503)] * 4)
    await enrol(system)
    today = datetime.now(UTC).date()
    debt = {"account": ACCOUNT, "period": "2030-01", "amount": "900.00", "due_on": today.isoformat()}
    await system.post_event("incident.detected", **debt, kind="unpaid")
    await system.until(MINE, lambda journey: journey["incidents"])
    instalments = [{"due_on": (today + timedelta(days=20)).isoformat(), "amount": "900.00"}]
    body = {"period": "2030-01", "instalments": instalments, "reason": "Zoé Lefèvre, +33639980001"}
    await system.api.post(f"{MINE}/plans", json=body, headers=bearer("agt"))
    await fast_forward(system, 8)
    await system.until(f"{MINE}/messages", lambda rows: any(row["status"] in ("sent", "failed") for row in rows))
    for sms in system.twilio.accepted:
        await system.twilio.callback(sms["sid"], "undelivered", 30005)
    for mail in system.sendgrid.accepted:
        bounced = system.sendgrid.event(mail["message_id"], "bounce", email="zoe@example.org", reason="zoe@example.org")
        await system.sendgrid.events(f"{system.url}/webhooks/sendgrid/events", bounced)


async def misuse(system: System) -> None:
    """Requests that are wrong in every way, each with somebody's name in it."""
    await system.post_event("contact.changed", contact=NOTE | {"phone": ["+33639980001"]})
    await system.post_event("contact.changed", contact=NOTE, siren="123456789")
    for path in ("/v1/journeys?q=Zoé", "/v1/zoe@example.org", "/v1/journeys/zoe@example.org"):
        await system.api.get(path, headers=bearer("agt"))
    await system.api.post("/v1/events", content='{"Zoé": "+33639980001"', headers=CONTENT | bearer("sys"))
    await system.api.post("/webhooks/twilio/status", data={"To": "+33639980001"})


async def visit(system: System) -> str:
    link = Links("0" * 32, system.url).url(
        "preferences", SIREN, datetime.now(UTC) + timedelta(days=90), holder=Holder(Recipient.ENTERPRISE)
    )
    await system.api.get(link)
    await system.api.post(link, data={"sms": "non"})
    await system.api.get(f"{link}x")
    return link.rsplit("/", 1)[1]


async def test_nothing_that_names_a_person_is_logged(system: System, logged: list[str]) -> None:
    await live(system)
    await misuse(system)
    token = await visit(system)
    text = "\n".join(logged)
    assert "'event': 'request'" in text
    assert "temporalio" in text
    assert not found_in(text), [line[:600] for line in logged if found_in(line)]
    assert token not in text


async def test_what_machines_ask_every_few_seconds_is_a_line_only_when_it_is_not_well(
    system: System, logged: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in ("/healthz", "/readyz", "/metrics"):
        assert (await system.api.get(path)).status_code == 200
    assert not [line for line in logged if "'event': 'request'" in line]
    monkeypatch.setattr("api.health.PATIENCE", timedelta())
    assert (await system.api.get("/readyz")).status_code == 503
    assert len([line for line in logged if "'event': 'request'" in line and "/readyz" in line]) == 1


async def test_what_cannot_be_applied_is_logged_by_its_kind_alone(
    system: System, engine: AsyncEngine, logged: list[str]
) -> None:
    await enrol(system)
    unreadable = {"type": "contact.changed", "data": {"contact": NOTE | {"phone": [1]}}}
    await add(engine, events, event("pending", NOW) | unreadable)
    async with asyncio.timeout(20):
        while not any("set aside" in line for line in logged):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    assert not found_in("\n".join(logged))
