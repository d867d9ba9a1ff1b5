"""The gauges say what the database holds of the promises, cheaply, and say nothing when they cannot know."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import isnan
from typing import Any
from unittest.mock import AsyncMock
from uuid import uuid4

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api.gauges import Gauges, Reader
from api.metrics import GAUGES, Metrics
from db.gauges import Readings, inbox, limit
from db.ledger import NEVER_SAID
from db.tables import commitments, deliveries, events, journeys, messages, outgoing, subscriptions
from tests.api.examples import nowhere
from tests.observability.rows import HERE, NOW, SIREN, add, ago, commitment, event, message


def since(instant: datetime) -> Any:
    """Seconds gone by, give or take those the test takes itself."""
    return pytest.approx((datetime.now(UTC) - instant).total_seconds(), abs=20)


async def scraped(engine: AsyncEngine) -> dict[tuple[str, ...], float]:
    """Every sample by its name and the values of its labels."""
    metrics = Metrics()
    await Gauges(engine, metrics).refresh()
    return samples(metrics)


def samples(metrics: Metrics) -> dict[tuple[str, ...], float]:
    families = text_string_to_metric_families(metrics.text().decode())
    return {(it.name, *it.labels.values()): it.value for family in families for it in family.samples}


async def test_an_event_that_is_not_applied_shows_as_the_lag_of_the_relay(engine: AsyncEngine) -> None:
    await add(engine, events, event("pending", ago(seconds=90)), event("pending", ago(seconds=5)))
    await add(engine, events, event("waiting", ago(hours=2)), event("applied", ago(days=9)))
    found = await scraped(engine)
    assert found["parcours_events_stored", "pending"] == 2
    assert found["parcours_relay_lag_seconds",] == since(ago(seconds=90))
    assert found["parcours_waiting_events_oldest_seconds",] == since(ago(hours=2))


async def test_a_message_owed_and_not_taken_ages_from_the_hour_it_was_owed(engine: AsyncEngine) -> None:
    late = message("queued", queued_at=ago(minutes=1), due_at=ago(minutes=30))
    tomorrow = message("queued", channel="mail", due_at=NOW + timedelta(hours=12))
    await add(engine, messages, late, tomorrow, message("sending", due_at=ago(minutes=5)))
    found = await scraped(engine)
    assert found["parcours_messages", "queued"] == 2
    assert found["parcours_messages_owed", "sms"] == 2
    assert found["parcours_messages_owed_oldest_seconds", "sms"] == since(ago(minutes=30))
    assert found["parcours_messages_owed", "mail"] == 0


async def test_a_message_in_doubt_is_not_owed(engine: AsyncEngine) -> None:
    await add(engine, messages, message("unknown", due_at=ago(minutes=30)))
    found = await scraped(engine)
    assert found["parcours_messages", "unknown"] == 1
    assert found["parcours_messages_owed", "sms"] == 0
    assert found["parcours_messages_owed_oldest_seconds", "sms"] == 0


async def test_a_message_of_which_nobody_will_ever_say_is_counted_no_more(engine: AsyncEngine) -> None:
    await add(engine, messages, message("unknown", reason=NEVER_SAID, due_at=ago(days=3)))
    found = await scraped(engine)
    assert found["parcours_messages", "unknown"] == 0
    assert found["parcours_messages_owed", "sms"] == 0


async def test_a_message_without_a_receipt_is_missed_after_four_hours_and_forgotten_after_a_week(
    engine: AsyncEngine,
) -> None:
    silent = [message("sent", sent_at=ago(hours=hours)) for hours in (1, 5, 6, 24 * 8)]
    await add(engine, messages, *silent, message("delivered", sent_at=ago(hours=5)))
    assert (await scraped(engine))["parcours_receipts_missing", "sms", "twilio"] == 2


async def test_a_promise_is_at_risk_near_its_end_unless_its_clock_is_stopped(engine: AsyncEngine) -> None:
    soon = NOW + timedelta(hours=2)
    await add(
        engine,
        commitments,
        commitment(1),
        commitment(2, due_at=soon),
        commitment(3, due_at=ago(hours=1)),
        commitment(4, due_at=soon, paused_at=ago(hours=1)),
        commitment(5, due_at=soon, met_at=ago(hours=1)),
        commitment(6, due_at=ago(hours=2), breached_at=ago(hours=2)),
        commitment(7, due_at=ago(days=2), breached_at=ago(days=2)),
    )
    found = await scraped(engine)
    assert found["parcours_promises_at_risk", "plan_answer", "urssaf-idf"] == 2
    assert found["parcours_promises_breached", "plan_answer", "urssaf-idf"] == 1


async def test_events_out_are_counted_pending_failing_and_failed(engine: AsyncEngine) -> None:
    subscription = uuid4()
    one = {"id": subscription, "organisation": "urssaf-idf", "url": "https://a.example", "types": [], "secret": "s"}
    await add(engine, subscriptions, one)
    out = {"type": "journey.started", "time": NOW, "data": {}, "handed_out": True}
    await add(engine, outgoing, *(HERE | out | {"id": uuid4(), "seq": seq} for seq in (1, 2, 3, 4)))
    tried = [("pending", 0), ("pending", 3), ("failed", 10), ("delivered", 1)]
    rows = [
        {"subscription": subscription, "seq": seq, "siren": SIREN, "status": status, "attempts": attempts}
        for seq, (status, attempts) in enumerate(tried, 1)
    ]
    await add(engine, deliveries, *rows)
    found = await scraped(engine)
    states = ("pending", "failing", "failed")
    assert [found["parcours_deliveries", state] for state in states] == [2, 1, 1]


async def test_journeys_are_counted_by_phase_and_wake_ups_owed_as_such(engine: AsyncEngine) -> None:
    blank = {"opened_on": NOW.date(), "ends_on": NOW.date(), "has_accountant": False, "state": "{}", "version": 0}
    rows = [
        HERE | blank | {"siren": siren, "phase": phase, "nudge": nudge}
        for siren, phase, nudge in (("1", "active", 0), ("2", "active", 1), ("3", "closed", 0))
    ]
    await add(engine, journeys, *rows)
    found = await scraped(engine)
    assert found["parcours_journeys", "urssaf-idf", "active"] == 2
    assert found["parcours_wakeups_owed",] == 1


async def test_no_label_tells_an_enterprise_from_another(engine: AsyncEngine) -> None:
    await add(engine, events, event("pending", NOW))
    await add(engine, messages, message("queued", due_at=ago(minutes=1), to="+33639980001", text="Bonjour Zoé"))
    await add(engine, commitments, commitment(1, due_at=NOW))
    metrics = Metrics()
    await Gauges(engine, metrics).refresh()
    shown = metrics.text().decode()
    assert not [secret for secret in (SIREN, "+33639980001", "Zoé") if secret in shown]


async def test_without_its_database_the_api_shows_no_stale_gauge(engine: AsyncEngine) -> None:
    metrics = Metrics()
    await Gauges(engine, metrics).refresh()
    assert samples(metrics)["parcours_database_up",] == 1
    await Gauges(nowhere(), metrics).refresh()
    found = samples(metrics)
    assert found["parcours_database_up",] == 0
    gauges = {name: value for (name, *_), value in found.items() if name.removeprefix("parcours_") in GAUGES}
    assert all(value != value for value in gauges.values())


async def too_slow(connection: AsyncConnection) -> Readings:
    await limit(connection, timedelta(milliseconds=1))
    await connection.execute(text("SELECT pg_sleep(60)"))
    return {}


async def test_a_reading_that_is_too_slow_keeps_its_pause_and_blinds_no_other(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = AsyncMock(side_effect=too_slow)
    readers = (Reader("slow", slow, timedelta(minutes=1)), Reader("inbox", inbox, timedelta()))
    monkeypatch.setattr("api.gauges.READERS", readers)
    metrics = Metrics()
    gauges = Gauges(engine, metrics)
    for count in range(3):
        await gauges.refresh()
        found = samples(metrics)
        assert found["parcours_database_up",] == 1
        assert found["parcours_events_stored", "pending"] == count
        await add(engine, events, event("pending", NOW))
    assert slow.await_count == 1


async def test_a_reading_that_fails_is_withdrawn(engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    reading = AsyncMock(side_effect=[{"relay_lag_seconds": {(): 7.0}}, SQLAlchemyError()])
    monkeypatch.setattr("api.gauges.READERS", (Reader("inbox", reading, timedelta()),))
    metrics = Metrics()
    gauges = Gauges(engine, metrics)
    await gauges.refresh()
    assert samples(metrics)["parcours_relay_lag_seconds",] == 7
    await gauges.refresh()
    assert isnan(samples(metrics)["parcours_relay_lag_seconds",])


async def test_the_database_is_read_once_however_many_scrape(engine: AsyncEngine) -> None:
    metrics = Metrics()
    gauges = Gauges(engine, metrics)
    await gauges.refresh()
    await add(engine, events, event("pending", NOW))
    await gauges.refresh()
    assert samples(metrics)["parcours_events_stored", "pending"] == 0
