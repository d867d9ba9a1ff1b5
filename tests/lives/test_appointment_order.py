"""APT: whatever is asked in whatever order, nothing contradicts what stands."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.facts import SlotFreed
from domain.messages import Outgoing, Recipient, objection
from domain.requests import Ask
from domain.state import Channel
from tests.domain.rules.happenings import instant, opened, paid, stamp
from tests.domain.rules.life import MODEST
from tests.domain.rules.meetings import Meetings, slot, slot_attendance

OPENING = "2026-11-02"
IN_TIME, TOO_LATE = "2026-11-10 09:00", "2026-11-16 09:00"


ACTIONS = st.sampled_from(
    [
        (Ask.BOOK, IN_TIME),
        (Ask.BOOK, TOO_LATE),
        (Ask.RESCHEDULE, TOO_LATE),
        (Ask.RESCHEDULE, IN_TIME),
        (Ask.CANCEL, ""),
        (Ask.APPOINTMENT, ""),
        (Ask.OUTCOME, "missed"),
        (Ask.OUTCOME, "held"),
        ("freed", ""),
        ("away", IN_TIME),
        ("back", IN_TIME),
        ("paid", ""),
    ]
)


def act(life: Meetings, at: str, action: str, what: str) -> None:
    target = life.appointment("initial").id
    if action in ("away", "back"):
        life.absorb(slot_attendance(at, attended=action == "back", where=what))
    elif action == "freed":
        life.absorb(SlotFreed(**stamp(at), appointment=target))
    elif action == "paid":
        life.absorb(paid(at, "2026-11", "100"))
    else:
        life.ask(at, Ask(action), appointment=target, slot=what, status=what, kind="other")


def contradicted(life: Meetings) -> list[str]:
    """Messages written now that the state of this instant contradicts."""
    now = [it.effect for it in life.happened if it.at == life.now and hasattr(it.effect, "template")]
    letters = [Outgoing(it.template, it.purpose, Channel.MAIL, Recipient.ENTERPRISE, it.facts) for it in now]
    return [reason for it in letters if (reason := objection(it, life.journey, life.now))]


@MODEST
@given(st.lists(st.tuples(ACTIONS, st.integers(1, 60)), max_size=9))
def test_whatever_is_asked_in_whatever_order_nothing_contradicts_what_stands(
    story: list[tuple[tuple[str, str], int]],
) -> None:
    life = Meetings(opened(OPENING), slot(IN_TIME), slot(TOO_LATE))
    moment = instant("2026-11-02 12:00")
    for (action, what), hours in story:
        moment += timedelta(hours=hours)
        life.until(moment)
        act(life, f"{moment:%Y-%m-%d %H:%M}", action, what)
        assert not contradicted(life)
        booked = [it.slot for it in life.journey.appointments.values() if it.is_booked]
        assert None not in booked
        assert len(booked) == len({it.id for it in booked if it})
    life.until("2027-03-01")
    assert not any(it.is_offered for it in life.journey.appointments.values())
    templates = [message.template for message in life.messages() if message.template == "appointment_again"]
    assert len(templates) <= 1


@MODEST
@given(st.lists(st.tuples(ACTIONS, st.integers(1, 60)), max_size=6))
def test_a_repeated_request_changes_nothing(story: list[tuple[tuple[str, str], int]]) -> None:
    once, twice = (Meetings(opened(OPENING), slot(IN_TIME), slot(TOO_LATE)) for _ in range(2))
    for life, times in ((once, 1), (twice, 2)):
        moment = instant("2026-11-02 12:00")
        for (action, what), hours in story:
            moment += timedelta(hours=hours)
            life.until(moment)
            if action in Ask._value2member_map_:
                for _ in range(times):
                    act(life, f"{moment:%Y-%m-%d %H:%M}", action, what)
        life.until("2027-03-01")
    assert [it.subject for it in once.messages()] == [it.subject for it in twice.messages()]
    assert once.journey.appointments == twice.journey.appointments
