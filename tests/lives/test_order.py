from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from domain.absorption import absorb
from domain.effects import OpenTask, SendMessage
from domain.facts import AccountantChanged, AccountOpened, ChannelRefused, ContactChanged, Fact, PreferencesChosen
from domain.state import Channel, CloseReason
from tests.domain.rules.happenings import (
    RHONE,
    confirmed,
    due,
    ended,
    headcount,
    instant,
    opened,
    paid,
    stamp,
    transferred,
)
from tests.domain.rules.life import MODEST, Happened, Life

OPENING = opened("2026-11-02")
RECEIVED = instant("2026-12-10 09:00")


def together(*facts: Fact) -> list[Fact]:
    """Facts of different days that all arrive at one instant."""
    return [replace(fact, received_at=RECEIVED) for fact in facts]


FACTS = together(
    replace(OPENING, id="corrected", at=instant("2026-11-03"), headcount=4, accountant=True),
    due("2026-11-20", "2026-11", "2026-12-15", "900"),
    due("2026-11-25", "2026-11", "2026-12-16", "950"),
    due("2026-12-02", "2026-12", "2027-01-15", None),
    paid("2026-12-04", "2026-11", "400"),
    paid("2026-12-05", "2026-11", "550"),
    headcount("2026-11-10", 12),
    headcount("2026-11-15", 9),
    headcount("2026-11-19", 21),
    AccountantChanged(**stamp("2026-11-11"), appointed=True),
    AccountantChanged(**stamp("2026-11-21"), appointed=False),
    confirmed("2026-11-12"),
    confirmed("2026-11-09"),
    ContactChanged(**stamp("2026-11-13"), has_mail=True, has_phone=False),
    ContactChanged(**stamp("2026-11-14"), has_mail=True, has_phone=True),
    ChannelRefused(**stamp("2026-11-17"), channel=Channel.SMS),
    ChannelRefused(**stamp("2026-11-08"), channel=Channel.MAIL),
    ChannelRefused(**stamp("2026-11-22"), channel=Channel.MAIL),
    PreferencesChosen(**stamp("2026-11-18"), opt_outs=("sms:reminder",)),
    PreferencesChosen(**stamp("2026-11-16"), opt_outs=("sms:information",)),
    transferred("2026-11-23", RHONE, "2027-03-01"),
    ended("2026-11-24", CloseReason.ACCOUNT_CLOSED, "2027-04-30"),
    ended("2026-11-26", CloseReason.PROCEDURE, "2027-04-15"),
)


def after(facts: list[Fact]) -> Life:
    """A journey that takes its next step once all of them are there."""
    life = Life(OPENING).until(RECEIVED)
    life.journey = reduce(lambda journey, fact: absorb(fact, journey)[0], facts, life.journey)
    life.take_step()
    return life


@MODEST
@given(st.permutations(FACTS), st.lists(st.sampled_from(FACTS), max_size=6))
def test_any_order_and_any_repetition_of_facts_gives_the_same_state_and_the_same_messages(
    facts: list[Fact], again: list[Fact]
) -> None:
    expected = after(sorted(FACTS, key=lambda fact: fact.at))
    life = after([*facts, *again])
    assert life.journey == expected.journey
    assert life.to_the_end().happened == expected.to_the_end().happened


WAKES = st.lists(st.datetimes(datetime(2026, 11, 2, 11), datetime(2028, 6, 1)), max_size=25)


@MODEST
@given(WAKES, st.sampled_from(["2026-11-02", "2026-10-31"]))
def test_waking_more_often_than_needed_changes_nothing(wakes: list[datetime], opened_on: str) -> None:
    opening = opened(opened_on, at="2026-11-02")
    facts = [due("2026-12-01", "2026-11", "2026-12-25", "900"), due("2026-12-23", "2026-11", "2026-12-28", "950")]
    expected = Life(opening).tell(*facts).to_the_end()
    assert restless(opening, facts, wakes).happened == expected.happened


def restless(opening: AccountOpened, facts: Sequence[Fact], wakes: list[datetime]) -> Life:
    """Woken at each of these instants besides its own."""
    life = Life(opening)
    for moment in sorted([*(wake.replace(tzinfo=opening.at.tzinfo) for wake in wakes), *(f.at for f in facts)]):
        life.until(moment)
        life.take_step()
        for fact in facts:
            if fact.at == moment:
                life.absorb(fact)
    return life.to_the_end()


NAPS = st.lists(
    st.tuples(st.datetimes(datetime(2026, 11, 3), datetime(2028, 5, 1)), st.sampled_from([1, 24, 96, 336])),
    max_size=5,
)


def due_days(happened: list[Happened]) -> list[str]:
    """The due dates told, by a reminder or by the call that stands for it."""
    told = [it.effect for it in happened if isinstance(it.effect, SendMessage | OpenTask)]
    keys = [it.subject if isinstance(it, SendMessage) else it.key for it in told]
    return sorted(key.split(":")[-1] for key in keys if key.startswith(("due:", "REM-2:late:")))


@MODEST
@given(NAPS)
def test_whatever_the_hours_slept_nothing_is_lost_nothing_doubled_nothing_sent_at_night(
    naps: list[tuple[datetime, int]],
) -> None:
    rested, life = Life(OPENING).to_the_end(), Life(OPENING)
    for start, hours in sorted(naps):
        since = max(life.now, start.replace(tzinfo=life.now.tzinfo))
        life.until(since)
        life.now = since + timedelta(hours=hours)
        life.take_step()
    life.to_the_end()
    told = due_days(life.happened)
    assert len(told) == len(set(told))
    assert told == due_days(rested.happened)
    subjects = [(message.rule, message.subject) for message in life.messages()]
    assert len(subjects) == len(set(subjects))
    calendar = life.rulebook.current[OPENING.organisation].calendar
    assert all(calendar.is_open(it.at) for it in life.of(SendMessage))
