"""APT-2 and APT-3: priority in time, slots that lack, slots freed, agents who become absent; in any order."""

from dataclasses import replace

import pytest

from domain.cases import AppointmentStatus, Incident, IncidentStatus
from domain.effects import Queue
from domain.facts import SlotAttendance, SlotFreed
from domain.requests import Ask
from domain.rules.free_slots import shortage
from domain.state import Channel
from tests.domain.rules.happenings import ACCOUNT, instant, opened, stamp
from tests.domain.rules.meetings import Meetings, slot, slot_attendance

OPENING, EIGHT_DAYS = "2026-11-02", "2026-11-13 18:30"
IN_TIME, TOO_LATE = "2026-11-10 09:00", "2026-11-16 09:00"
PROMISE = "priority_appointment:incident-1"


def struggling(*slots: str) -> Meetings:
    """An enterprise whose incidents repeat, offered a priority appointment on 3 November."""
    life = Meetings(opened(OPENING), *(slot(at) for at in slots))
    life.prioritise("2026-11-03", EIGHT_DAYS)
    return life


def freed(life: Meetings, at: str, kind: str = "priority") -> None:
    life.until(at)
    life.absorb(SlotFreed(**stamp(at), appointment=life.appointment(kind).id))


def attendance(at: str, attended: bool) -> SlotAttendance:
    return slot_attendance(at, attended, where=IN_TIME)


@pytest.mark.parametrize("taken", [True, False])
def test_a_priority_promise_is_kept_by_the_offer_of_a_slot_in_time_whenever_it_is_booked(taken: bool) -> None:
    life = struggling(IN_TIME)
    promise = life.journey.commitments[PROMISE]
    assert (promise.due_at, promise.met_at) == (instant(EIGHT_DAYS), instant("2026-11-03"))
    if taken:
        life.take("2026-11-04", "priority", IN_TIME)
    assert life.until("2026-12-01").journey.commitments[PROMISE].breached_at is None


def test_a_later_slot_keeps_the_promise_only_when_one_in_time_was_there_to_choose() -> None:
    preferred, forced = struggling(IN_TIME, TOO_LATE), struggling(TOO_LATE)
    for life in (preferred, forced):
        life.take("2026-11-04", "priority", TOO_LATE)
        life.until("2026-12-01")
    assert preferred.journey.commitments[PROMISE].met_at == instant("2026-11-03")
    assert forced.journey.commitments[PROMISE].breached_at == instant(EIGHT_DAYS)


def test_without_a_slot_in_time_the_supervisor_knows_at_once_and_a_breach_is_recorded() -> None:
    life = struggling(TOO_LATE)
    (task,) = [it for it in life.tasks("APT-3") if it.queue is Queue.SUPERVISOR]
    assert (task.task, f"{task.due_at:%Y-%m-%d %H:%M}") == ("no_slot", "2026-11-04 18:30")
    life.until("2026-12-01")
    assert life.journey.commitments[PROMISE].breached_at == instant(EIGHT_DAYS)
    assert life.appointment("priority").status is AppointmentStatus.EXPIRED


def test_a_priority_offer_is_said_by_every_channel_and_must_arrive() -> None:
    (offer,) = struggling(IN_TIME).messages("APT-3")
    assert (offer.channels, offer.critical) == ((Channel.SMS, Channel.MAIL), True)


def test_the_same_difficulty_offers_one_appointment_at_a_time_and_a_new_promise_for_the_next() -> None:
    life = struggling(IN_TIME)
    life.prioritise("2026-11-04", EIGHT_DAYS)
    assert [it.kind for it in life.journey.appointments.values()] == ["initial", "priority"]
    life.until("2026-11-20").prioritise("2026-11-20", "2026-12-02 18:30")
    assert set(life.journey.commitments) == {PROMISE, f"{PROMISE}:1"}


def test_a_freed_slot_is_offered_once_to_one_who_waits_for_it() -> None:
    life = struggling()
    life.slots = (slot(IN_TIME),)
    freed(life, "2026-11-04 20:00")
    life.until("2026-11-06")
    freed(life, "2026-11-06")
    assert life.told("slot_freed") == [("2026-11-05", "slot_freed")]
    assert not life.appointment("priority").starved


def test_a_freed_slot_somebody_else_took_leaves_the_offer_waiting() -> None:
    life = struggling()
    freed(life, "2026-11-04")
    assert life.told("slot_freed") == []
    life.slots = (slot(IN_TIME),)
    freed(life, "2026-11-05")
    assert life.told("slot_freed") == [("2026-11-05", "slot_freed")]


def test_nobody_is_reminded_to_choose_among_no_slots() -> None:
    life = struggling()
    assert life.until("2026-11-13").told("appointment_nudge") == []


def test_a_slot_without_a_form_the_enterprise_can_have_does_not_count() -> None:
    life = Meetings(opened(OPENING, has_phone=False), slot(IN_TIME, "phone"))
    assert life.appointment("initial").starved


def test_the_supervisor_is_warned_when_more_wait_than_slots_are_free() -> None:
    life = struggling()
    world = life.rulebook.world(life.journey, life.now)
    assert shortage(3, 3, world) is None
    warning = shortage(4, 3, world)
    assert warning is not None
    assert (warning.queue, "4 rendez-vous" in warning.summary) == (Queue.SUPERVISOR, True)


def test_an_absence_laid_over_a_booked_meeting_is_the_supervisor_s_and_holds_the_reminder() -> None:
    life = struggling(IN_TIME)
    life.take("2026-11-04", "priority", IN_TIME)
    life.tell(attendance("2026-11-05", attended=False)).until("2026-11-10")
    assert life.opened("appointment_unattended") == [("appointment_unattended", "2026-11-06 18:30")]
    assert life.told("appointment_reminder") == []
    assert life.skips("APT-2")[0][1] == "Pas de rappel du rendez-vous : le conseiller attendu est absent"


def test_an_agent_who_is_back_in_time_is_reminded_of_as_planned() -> None:
    life = struggling(IN_TIME)
    life.take("2026-11-04", "priority", IN_TIME)
    life.tell(
        attendance("2026-11-04 11:00", attended=False),
        attendance("2026-11-05", attended=True),
    ).until("2026-11-10")
    assert life.told("appointment_reminder") == [("2026-11-06", "appointment_reminder")]


def test_a_meeting_moved_to_another_agent_is_attended() -> None:
    life = struggling(IN_TIME, "2026-11-12 11:00")
    life.take("2026-11-04", "priority", IN_TIME)
    life.tell(attendance("2026-11-05", attended=False))
    moved = life.appointment("priority").id
    life.ask("2026-11-05 11:00", Ask.RESCHEDULE, appointment=moved, slot="2026-11-12 11:00", by="chef.equipe")
    assert life.until("2026-11-12").told("appointment_reminder") == [("2026-11-10", "appointment_reminder")]


def test_absence_and_return_end_the_same_in_any_order() -> None:
    facts = [
        attendance("2026-11-05", attended=False),
        attendance("2026-11-06", attended=True),
    ]
    ends = []
    for order in (facts, facts[::-1]):
        life = struggling(IN_TIME)
        life.take("2026-11-04", "priority", IN_TIME)
        life.until("2026-11-06")
        for fact in order:
            life.absorb(fact)
        ends.append(life.appointment("priority").unattended_since)
    assert ends == [None, None]


def difficulty(status: IncidentStatus) -> Incident:
    at = instant("2026-11-03")
    return Incident("incident-1", ACCOUNT, "2026-10", "unpaid", at, at, status=status)


def test_an_offer_for_a_difficulty_that_is_over_is_withdrawn_and_its_clock_stops() -> None:
    life = struggling(IN_TIME)
    over = replace(difficulty(IncidentStatus.CANCELLED), cancelled_at=instant("2026-11-04"))
    life.until("2026-11-04")
    life.journey = life.journey.with_incident(over)
    life.take_step()
    assert life.appointment("priority").status is AppointmentStatus.CANCELLED
    promise = life.until("2026-12-01").journey.commitments[PROMISE]
    assert (promise.met_at, promise.breached_at) == (instant("2026-11-03"), None)


@pytest.mark.parametrize("by", ["enterprise", "alice.martin"])
def test_only_the_enterprise_can_free_the_organisation_of_its_promise(by: str) -> None:
    life = struggling(IN_TIME)
    life.ask("2026-11-04", Ask.CANCEL, appointment=life.appointment("priority").id, by=by)
    breached = life.until("2026-12-01").journey.commitments[PROMISE].breached_at
    assert (breached is None) == (by == "enterprise")


def test_a_priority_meeting_we_cancel_is_offered_again_with_a_promise_of_its_own() -> None:
    life = struggling(IN_TIME, TOO_LATE)
    life.take("2026-11-04", "priority", IN_TIME)
    life.ask("2026-11-05", Ask.CANCEL, appointment=life.appointment("priority").id, by="alice.martin")
    assert life.told("appointment_cancelled", "appointment_offer")[-2:] == [
        ("2026-11-05", "appointment_cancelled"),
        ("2026-11-05", "appointment_offer"),
    ]
    promise = life.journey.commitments[f"{PROMISE}:1"]
    assert (promise.due_at, promise.met_at) == (instant("2026-11-18 18:30"), instant("2026-11-05"))


def test_a_priority_meeting_the_enterprise_gives_up_is_not_offered_again() -> None:
    life = struggling(IN_TIME)
    life.take("2026-11-04", "priority", IN_TIME)
    life.ask("2026-11-05", Ask.CANCEL, appointment=life.appointment("priority").id)
    assert life.appointment("priority").status is AppointmentStatus.CANCELLED
    assert set(life.journey.commitments) == {PROMISE}


def test_a_meeting_we_cancel_for_a_difficulty_that_is_over_is_not_offered_again() -> None:
    life = struggling(IN_TIME)
    life.take("2026-11-04", "priority", IN_TIME)
    over = replace(difficulty(IncidentStatus.CANCELLED), cancelled_at=instant("2026-11-04 11:00"))
    life.journey = life.journey.with_incident(over)
    life.ask("2026-11-05", Ask.CANCEL, appointment=life.appointment("priority").id, by="alice.martin")
    assert [it.kind for it in life.journey.appointments.values()] == ["initial", "priority"]


def test_an_absence_is_seen_on_a_slot_that_another_meeting_held_before() -> None:
    life = struggling(IN_TIME)
    life.take("2026-11-04", "initial", IN_TIME)
    life.ask("2026-11-04 11:00", Ask.CANCEL, appointment=life.appointment("initial").id)
    life.take("2026-11-04 12:00", "priority", IN_TIME)
    life.tell(attendance("2026-11-05", attended=False)).until("2026-11-10")
    assert life.opened("appointment_unattended") == [("appointment_unattended", "2026-11-06 18:30")]
    assert life.told("appointment_reminder") == []


def test_a_slot_the_enterprise_could_not_take_keeps_no_promise() -> None:
    life = Meetings(opened(OPENING, has_phone=False), slot(IN_TIME, "phone"), slot(TOO_LATE))
    life.prioritise("2026-11-03", EIGHT_DAYS)
    assert life.take("2026-11-04", "priority", TOO_LATE).status == 200
    promise = life.until("2026-12-01").journey.commitments[PROMISE]
    assert (promise.met_at, promise.breached_at) == (None, instant(EIGHT_DAYS))


def test_a_difficulty_that_repeats_is_offered_another_meeting_when_the_outcome_of_the_last_was_not_noted() -> None:
    life = struggling(IN_TIME)
    life.take("2026-11-04", "priority", IN_TIME)
    life.prioritise("2026-11-20", "2026-12-02 18:30")
    assert [it.status for it in life.journey.appointments.values() if it.kind == "priority"] == [
        AppointmentStatus.BOOKED,
        AppointmentStatus.OFFERED,
    ]


def test_what_is_asked_for_again_after_its_answer_is_promised_again() -> None:
    life = Meetings(opened(OPENING), slot("2026-11-05 10:00"))
    life.ask("2026-11-03 09:00", Ask.APPOINTMENT, kind="other")
    life.slots = ()
    life.ask("2026-11-10 09:00", Ask.APPOINTMENT, kind="other")
    first, second = (it for it in life.journey.commitments.values() if it.kind == "request")
    assert (first.met_at, second.due_at) == (instant("2026-11-03 09:00"), instant("2026-11-12 09:00"))
    (task,) = life.tasks("APT-1")
    assert (task.key, task.due_at > life.now) == (second.subject, True)
