"""An event that cannot be applied is set aside alone: the rest of its enterprise goes on, in order (issue 14, S1)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from activities import absorbing
from activities.absorbing import absorb_pending
from activities.inbound import translation
from activities.unapplied import is_of_an_event
from db import events, journeys, unapplied
from db.events import NewEvent
from db.tables import events as inbox
from db.tables import timeline
from domain.facts import Fact
from domain.rulebook import Rulebook
from domain.state import Journey
from tests.faults.desk import Desk
from tests.faults.examples import CONTACT, OPENED
from tests.journeys.town import ACCOUNT, SIREN

BASE = datetime(2040, 3, 1, 8, tzinfo=UTC)
OPENING = {
    "organisation": "urssaf-idf",
    "account": ACCOUNT,
    "opened_on": OPENED.date().isoformat(),
    "name": "Boulangerie des Écoles",
    "headcount": 1,
    "contact": CONTACT,
    "accountant": None,
}
GOOD: tuple[tuple[str, dict[str, Any]], ...] = (
    ("contribution.due", {"account": ACCOUNT, "period": "2040-04", "due_on": "2040-05-15", "amount": "900.00"}),
    ("payment.received", {"account": ACCOUNT, "period": "2040-04", "amount": "400.00", "received_on": "2040-05-11"}),
    ("headcount.changed", {"headcount": 12, "on": "2040-05-02"}),
    ("contact.changed", {"contact": {"name": "Ali Ben", "email": "ali@example.org"}}),
    ("accountant.appointed", {"accountant": {"name": "Cabinet Ledoux", "email": "ledoux@example.org"}}),
    ("incident.detected", {"account": ACCOUNT, "period": "2040-04", "kind": "unpaid", "due_on": "2040-05-15"}),
    ("newsletter.published", {"newsletter": "n-1", "title": "Embaucher"}),
)
BAD: tuple[tuple[str, dict[str, Any]], ...] = (
    ("comet.seen", {"tail": "long"}),
    ("contribution.due", {"account": ACCOUNT, "period": "2040-05"}),
    ("contribution.due", {"account": ACCOUNT, "period": "2040-13", "due_on": "2040-05-15"}),
    ("payment.received", {}),
    ("headcount.changed", {"headcount": 10**40, "on": "never"}),
    ("meeting.registration", {"meeting": "m-1"}),
    ("account.opened", {}),
)
STUMBLES = ("contribution.due", {"account": ACCOUNT, "period": "2040-07", "due_on": "2040-08-15", "amount": "666.00"})
"""The rules raise at this one, in the tests that have them do so."""


@dataclass
class Stand:
    """Inboxes of one enterprise after another, all about the same things."""

    engine: AsyncEngine
    rulebook: Rulebook

    async def tell(self, siren: str, told: Sequence[tuple[str, dict[str, Any]]]) -> None:
        """Store events that happened one minute after another."""
        new = [
            NewEvent("test", f"{siren}-{rank:02}", kind, siren, "urssaf-idf", BASE + timedelta(minutes=rank), data)
            for rank, (kind, data) in enumerate(told)
        ]
        await self.keep(new)

    async def keep(self, new: Sequence[NewEvent]) -> None:
        """Store events, each received as soon as it happened."""
        async with self.engine.begin() as connection:
            await events.store(connection, new)
            await connection.execute(update(inbox).values(received_at=inbox.c.time))

    async def absorb(self, siren: str) -> None:
        async with self.engine.begin() as connection:
            await absorb_pending(connection, self.rulebook, siren)

    async def statuses(self, siren: str) -> list[str]:
        query = select(inbox.c.status).where(inbox.c.siren == siren).order_by(inbox.c.seq)
        async with self.engine.connect() as connection:
            return list(await connection.scalars(query))

    async def retry(self, siren: str) -> None:
        """An administrator has all that is set aside applied again."""
        async with self.engine.begin() as connection:
            for row in await unapplied.set_aside_of(connection, siren):
                await unapplied.retry(connection, "urssaf-idf", row.seq, "admin")

    async def state(self, siren: str) -> Journey | None:
        """What is known, whatever the number of the enterprise and the wall's clock."""
        async with self.engine.connect() as connection:
            stored = await journeys.read(connection, siren)
        return stored and comparable(stored.journey, siren)

    async def lines(self, siren: str) -> list[str]:
        query = select(timeline.c.summary).where(timeline.c.siren == siren).order_by(timeline.c.id)
        async with self.engine.connect() as connection:
            return list(await connection.scalars(query))


def comparable(journey: Journey, siren: str) -> Journey:
    """The state without what tells this enterprise from another one that was told the same."""

    def plain(value: Any) -> Any:
        return str(value).replace(siren, "SIREN")

    incidents = {it.key: plain(replace(it, id="")) for it in journey.incidents.values()}
    names = ("contributions", "as_of", "newsletters", "headcounts", "crossings")
    others = {name: plain(sorted_of(getattr(journey, name))) for name in names}
    return replace(journey, **others, siren="SIREN", incidents=incidents)


def sorted_of(value: Any) -> Any:
    return sorted(value.items()) if isinstance(value, dict) else value


@pytest.fixture
def stand(desk: Desk) -> Stand:
    return Stand(desk.engine, desk.rulebook)


@pytest.fixture
def stumbling(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """The rules raise at one fact until the returned function mends them."""
    faithful = absorbing.absorb

    def stumble(fact: Fact, journey: Journey) -> Any:
        if getattr(fact, "amount", None) == 666:
            raise ZeroDivisionError("Zoé Lefèvre")
        return faithful(fact, journey)

    monkeypatch.setattr(absorbing, "absorb", stumble)
    return lambda: monkeypatch.setattr(absorbing, "absorb", faithful)


@pytest.mark.parametrize("bad", [*BAD, STUMBLES], ids=lambda it: f"{it[0]}-{len(it[1])}")
@pytest.mark.usefixtures("stumbling")
async def test_whatever_is_wrong_with_an_event_it_is_set_aside_alone(stand: Stand, bad: tuple[str, Any]) -> None:
    await stand.tell(SIREN, [("account.opened", OPENING), GOOD[0], bad, GOOD[1]])
    await stand.absorb(SIREN)
    assert await stand.statuses(SIREN) == ["applied", "applied", "set_aside", "applied"]
    async with stand.engine.connect() as connection:
        [row] = await unapplied.set_aside_of(connection, SIREN)
    assert row.problem
    assert "Zoé" not in row.problem
    assert row.set_aside_at


async def test_a_title_that_an_earlier_version_let_in_is_read(stand: Stand) -> None:
    """S1: an issue with a joiner, a meeting with a tab by the API."""
    said = {"meeting": "m-1", "kind": "training", "title": "Em\u200dbaucher\tici", "place": "Salle\n\x07 B\u00a02"}
    said |= {"starts_at": "2040-06-01T10:00:00+02:00", "minutes": 90, "change": "registered", "sequence": 0}
    issue = {"newsletter": "n-1", "title": "Ce\ufeff qui\u00ad change\tau 1er"}
    told = [("account.opened", OPENING), ("newsletter.published", issue), ("meeting.registration", said), GOOD[0]]
    await stand.tell(SIREN, told)
    await stand.absorb(SIREN)
    assert await stand.statuses(SIREN) == ["applied"] * 4
    journey = await stand.state(SIREN)
    assert journey
    [place] = journey.registrations.values()
    assert (place.title, place.place) == ("Em\u200dbaucher ici", "Salle B 2")


async def test_what_passed_an_earlier_door_is_read_though_the_door_is_stricter_now(stand: Stand) -> None:
    contact = {"name": "Zoé", "email": "<zoe@example..org>", "phone": "+33100000000"}
    bare = {**OPENING, "account": " ", "contact": contact, "name": "\u3164\u200b"}
    await stand.tell(SIREN, [("account.opened", bare)])
    await stand.absorb(SIREN)
    assert await stand.statuses(SIREN) == ["applied"]


async def test_an_opening_set_aside_leaves_the_rest_waiting_and_another_opening_is_taken(stand: Stand) -> None:
    await stand.tell(SIREN, [GOOD[0], ("account.opened", {})])
    await stand.absorb(SIREN)
    assert await stand.statuses(SIREN) == ["waiting", "set_aside"]
    async with stand.engine.begin() as connection:
        assert await events.expire_waiting(connection, timedelta(0)) == 0
    event = NewEvent("test", "second", "account.opened", SIREN, "urssaf-idf", BASE, OPENING)
    async with stand.engine.begin() as connection:
        await events.store(connection, [event])
    await stand.absorb(SIREN)
    assert await stand.statuses(SIREN) == ["applied", "set_aside", "applied"]


numbers = count(100_000_000)


@settings(max_examples=12, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(data=st.data())
async def test_the_rest_goes_on_in_order_and_a_later_retry_gives_the_state_it_would_have_had(
    stand: Stand, monkeypatch: pytest.MonkeyPatch, data: st.DataObject
) -> None:
    """It must show 1."""
    good = data.draw(st.permutations(GOOD))
    told = [("account.opened", OPENING), *good]
    poison = data.draw(st.lists(st.sampled_from(BAD), max_size=3))
    failing = data.draw(st.sets(st.integers(0, len(told) - 1), max_size=3))
    mixed = list(told)
    for bad in poison:
        mixed.insert(data.draw(st.integers(0, len(mixed))), bad)
    spoilt, whole = str(next(numbers)), str(next(numbers))
    await stand.tell(whole, told)
    await stand.absorb(whole)
    raising = {data_of(told[rank]) for rank in failing}
    faithful = absorbing.fact_of

    def stumble(event: translation.Envelope) -> Fact:
        if data_of((event.type, event.data)) in raising:
            raise RuntimeError("a rule of this version")
        return faithful(event)

    times = {data_of(it): rank for rank, it in enumerate(told)}
    new = [
        NewEvent(
            "test",
            f"{spoilt}-{times[data_of(it)]:02}" if data_of(it) in times else f"bad-{spoilt}-{rank}",
            it[0],
            spoilt,
            "urssaf-idf",
            BASE + timedelta(minutes=times.get(data_of(it), 0)),
            it[1],
        )
        for rank, it in enumerate(mixed)
    ]
    await stand.keep(new)
    with monkeypatch.context() as patched:
        patched.setattr(absorbing, "fact_of", stumble)
        await stand.absorb(spoilt)
    unread = 0 in failing  # without an account nothing but an opening is looked at
    expected = [
        "set_aside"
        if (data_of(it) in raising or it in poison) and (not unread or it[0] == "account.opened")
        else "waiting"
        if unread
        else "applied"
        for it in mixed
    ]
    assert await stand.statuses(spoilt) == expected
    lines = await stand.lines(spoilt)
    assert [it for it in await stand.lines(whole) if it in lines] == lines
    await stand.retry(spoilt)
    await stand.absorb(spoilt)
    assert await stand.statuses(spoilt) == ["set_aside" if it in poison else "applied" for it in mixed]
    assert await stand.state(spoilt) == await stand.state(whole)


def data_of(told: tuple[str, dict[str, Any]]) -> str:
    return f"{told[0]} {sorted(told[1].items())}"


async def test_letters_leave_though_an_event_lies_set_aside(desk: Desk) -> None:
    await desk.open()
    await desk.owe()
    ids = await desk.decide_reminder()
    await desk.store("comet.seen", tail="long")
    assert await desk.deliver(ids) is None
    row = await desk.row("sms", "due_reminder", "2040-05-15")
    assert row.status in ("sent", "delivered")


async def test_a_row_that_the_database_refuses_is_set_aside_and_the_transaction_goes_on(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    faithful = absorbing.records.write

    async def refused(connection: Any, entries: Any) -> None:
        if any("400" in it.summary for it in entries):
            await connection.execute(text("SELECT 1 / 0"))
        await faithful(connection, entries)

    monkeypatch.setattr(absorbing.records, "write", refused)
    await stand.tell(SIREN, [("account.opened", OPENING), *GOOD])
    await stand.absorb(SIREN)
    assert (await stand.statuses(SIREN)).count("set_aside") == 1


async def test_what_passes_by_itself_sets_nothing_aside(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    async def late(connection: Any, _: Any) -> None:
        await connection.execute(text("SET LOCAL statement_timeout = 1"))
        await connection.execute(text("SELECT pg_sleep(1)"))

    monkeypatch.setattr(absorbing.records, "write", late)
    await stand.tell(SIREN, [("account.opened", OPENING), GOOD[0]])
    with pytest.raises(DBAPIError):
        await stand.absorb(SIREN)
    assert await stand.statuses(SIREN) == ["pending", "pending"]


async def test_a_table_that_lacks_or_a_server_away_is_no_fault_of_an_event(stand: Stand) -> None:
    async with stand.engine.connect() as connection:
        with pytest.raises(DBAPIError) as missing:
            await connection.execute(text("SELECT * FROM nowhere"))
    assert not is_of_an_event(missing.value)
    assert not is_of_an_event(OperationalError("", {}, Exception(), connection_invalidated=True))
    assert not is_of_an_event(TimeoutError())
    assert not is_of_an_event(ConnectionResetError())
    assert is_of_an_event(KeyError("period"))


async def test_a_half_pair_that_no_driver_sends_is_the_events_fault(stand: Stand) -> None:
    async with stand.engine.connect() as connection:
        with pytest.raises(DBAPIError) as unsendable:
            await connection.execute(text("SELECT CAST(:it AS text)"), {"it": "\ud800"})
    assert is_of_an_event(unsendable.value)
