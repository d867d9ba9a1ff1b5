"""ENR-6, APT-1, APT-2, APT-4: whole stories of appointments. 2 November 2026 is a Monday, 11 November a holiday."""

import pytest

from domain.cases import AppointmentStatus
from domain.effects import OpenTask
from domain.facts import AccountantChanged, SlotFreed
from domain.requests import Ask
from domain.state import Channel, CloseReason
from tests.domain.rules.happenings import ended, instant, opened, stamp
from tests.domain.rules.meetings import Meetings, slot

OPENING = "2026-11-02"
THURSDAY, FRIDAY = "2026-11-12 14:00", "2026-11-13 09:00"


def young(*slots: str, **changed: object) -> Meetings:
    return Meetings(opened(OPENING, **changed), *(slot(at) for at in slots))


def test_an_enterprise_without_accountant_is_offered_a_first_meeting_for_thirty_days() -> None:
    life = young(THURSDAY)
    first = life.appointment("initial")
    assert (first.status, first.offer_until) == (AppointmentStatus.OFFERED, instant("2026-12-02 18:30"))
    assert life.told() == [(OPENING, "appointment_offer")]
    life.until("2026-12-03")
    assert life.appointment("initial").status is AppointmentStatus.EXPIRED


def test_an_enterprise_with_an_accountant_is_offered_it_when_the_accountant_leaves() -> None:
    life = young(THURSDAY, accountant=True)
    assert life.journey.appointments == {}
    life.tell(AccountantChanged(**stamp("2026-11-09"), appointed=False))
    assert life.told() == [("2026-11-09", "appointment_offer")]


def test_an_offer_without_answer_is_reminded_once_then_becomes_a_call() -> None:
    life = young(THURSDAY).until("2026-12-31")
    assert life.told() == [(OPENING, "appointment_offer"), ("2026-11-05", "appointment_nudge")]
    (call,) = life.of(OpenTask, "APT-4")
    assert (call.on, f"{call.effect.due_at:%Y-%m-%d}") == ("2026-11-10", "2026-11-12")


def test_an_offer_taken_is_neither_reminded_nor_called_about() -> None:
    life = young(THURSDAY)
    assert life.take("2026-11-03", "initial", THURSDAY).status == 200
    life.until("2026-11-11")
    assert "appointment_nudge" not in [template for _, template in life.told()]
    assert not life.tasks("APT-4")


def test_a_meeting_from_its_offer_to_its_outcome() -> None:
    life = young(THURSDAY)
    life.take("2026-11-03 22:00", "initial", THURSDAY, format="video")
    assert (
        life.ask("2026-11-12 15:00", Ask.OUTCOME, appointment=life.appointment("initial").id, status="held").status
        == 200
    )
    assert life.told() == [
        (OPENING, "appointment_offer"),
        ("2026-11-03", "appointment_booked"),
        ("2026-11-10", "appointment_reminder"),
    ]
    confirmation = life.messages("APT-2")[0]
    assert (confirmation.immediate, confirmation.channels) == (True, (Channel.SMS, Channel.MAIL))
    assert confirmation.facts["starts_at"] == "2026-11-12T14:00:00+01:00"
    assert life.opened("appointment_preparation") == [("appointment_preparation", THURSDAY)]
    life.until("2026-12-31")
    assert life.appointment("initial").status is AppointmentStatus.HELD
    assert life.opened("appointment_outcome") == [("appointment_outcome", "2026-11-13 18:30")]


def test_the_preparation_shows_the_profile_and_the_offers_that_fit_it() -> None:
    life = young(THURSDAY, headcount=3)
    life.take("2026-11-03", "initial", THURSDAY, format="video")
    (guidance,) = [it.guidance for it in life.tasks("ENR-6")]
    for said in ("visioconférence", "5610A", "Effectif : 3", "contrats", "trimestriel", "TESE", "sécurisation"):
        assert said in " ".join(guidance)


def test_the_preparation_shows_the_contracts_and_questions_that_the_enterprise_told() -> None:
    life = young(THURSDAY, "2026-11-20 09:00")
    life.take("2026-11-03", "initial", THURSDAY, contracts=["permanent", "apprenticeship"], note="note-1")
    life.ask("2026-11-04", Ask.RESCHEDULE, appointment=life.appointment("initial").id, slot="2026-11-20 09:00")
    prepared = life.until("2026-11-10").tasks("ENR-6")
    assert len(prepared) == 2
    for task in prepared:
        assert "Contrats : CDI, apprentissage ou alternance" in task.guidance
        assert "Questions : écrites par l'entreprise, dans les notes" in task.guidance
        assert "À demander" not in " ".join(task.guidance)


def test_a_meeting_booked_the_day_before_is_confirmed_but_not_reminded() -> None:
    life = young(THURSDAY)
    life.take("2026-11-11 10:00", "initial", THURSDAY)
    assert life.until("2026-11-13").told("appointment_reminder") == []


def test_the_reminder_of_a_monday_meeting_leaves_on_the_working_day_before_the_weekend() -> None:
    life = young("2026-11-16 10:00")
    life.take("2026-11-03", "initial", "2026-11-16 10:00")
    assert life.until("2026-11-17").told("appointment_reminder") == [("2026-11-13", "appointment_reminder")]


def test_a_moved_meeting_is_announced_and_reminded_for_its_new_time_only() -> None:
    life = young(THURSDAY, "2026-11-20 09:00")
    life.take("2026-11-03", "initial", THURSDAY)
    reply = life.ask("2026-11-04", Ask.RESCHEDULE, appointment=life.appointment("initial").id, slot="2026-11-20 09:00")
    assert (reply.status, life.appointment("initial").sequence) == (200, 1)
    life.until("2026-11-21")
    assert life.told("appointment_moved", "appointment_reminder") == [
        ("2026-11-04", "appointment_moved"),
        ("2026-11-18", "appointment_reminder"),
    ]


def test_a_moved_meeting_is_prepared_for_its_new_day_and_agent() -> None:
    life = Meetings(opened(OPENING), slot(THURSDAY), slot("2026-11-20 09:00", agent="bruno.petit"))
    life.take("2026-11-03", "initial", THURSDAY)
    life.ask("2026-11-04", Ask.RESCHEDULE, appointment=life.appointment("initial").id, slot="2026-11-20 09:00")
    life.until("2026-11-21")
    assert [it.summary for it in life.tasks("ENR-6")] == [
        "Préparer le premier rendez-vous du 12/11/2026 (alice.martin)",
        "Préparer le premier rendez-vous déplacé au 20/11/2026 (bruno.petit)",
    ]
    assert len({it.key for it in life.tasks("ENR-6")}) == 2
    assert life.opened("appointment_preparation")[-1] == ("appointment_preparation", "2026-11-20 09:00")


def test_a_cancelled_meeting_is_told_once_and_never_reminded() -> None:
    life = young(THURSDAY)
    life.take("2026-11-03", "initial", THURSDAY)
    gone = life.appointment("initial").id
    assert [life.ask(at, Ask.CANCEL, appointment=gone).status for at in ("2026-11-04", "2026-11-05")] == [200, 200]
    life.until("2026-12-31")
    assert life.told()[-1] == ("2026-11-04", "appointment_cancelled")
    assert life.appointment("initial").sequence == 1


def test_a_missed_meeting_is_offered_again_once_and_then_called_about() -> None:
    life = young(THURSDAY, "2026-11-20 09:00")
    for at, when in (("2026-11-03", THURSDAY), ("2026-11-16", "2026-11-20 09:00")):
        life.take(at, "initial", when)
        missed = life.appointment("initial").id
        life.ask(f"{when[:10]} 16:00", Ask.OUTCOME, appointment=missed, status="missed")
    life.until("2027-02-01")
    assert life.told("appointment_again") == [("2026-11-12", "appointment_again")]
    assert [f"{task.due_at:%Y-%m-%d}" for task in life.tasks("APT-4")] == ["2026-11-24"]
    statuses = [it.status for it in life.journey.appointments.values()]
    assert statuses == [AppointmentStatus.MISSED, AppointmentStatus.MISSED]


def test_a_phone_meeting_needs_a_phone() -> None:
    life = young(THURSDAY, has_phone=False)
    refused = life.take("2026-11-03", "initial", THURSDAY, format="phone")
    assert (refused.status, "téléphone" in refused.detail) == (409, True)
    assert life.ask("2026-11-03 11:00", Ask.APPOINTMENT, kind="other", format="phone").status == 409
    assert life.take("2026-11-03 12:00", "initial", THURSDAY).status == 200
    assert life.appointment("initial").format == "in_person"


def test_a_slot_keeps_to_its_own_formats() -> None:
    life = Meetings(opened(OPENING), slot(THURSDAY, "video"))
    refused = life.take("2026-11-03", "initial", THURSDAY, format="in_person")
    assert (refused.status, "en visioconférence" in refused.detail) == (409, True)
    assert life.take("2026-11-03 11:00", "initial", THURSDAY).data["format"] == "video"


@pytest.mark.parametrize("ask", [Ask.BOOK, Ask.RESCHEDULE, Ask.CANCEL, Ask.OUTCOME])
def test_an_unknown_appointment_is_not_found(ask: Ask) -> None:
    assert young().ask("2026-11-03", ask, appointment="unknown", slot=THURSDAY, status="held").status == 404


def test_what_does_not_fit_is_refused_with_what_to_do() -> None:
    life = young(THURSDAY, FRIDAY)
    first = life.appointment("initial").id
    early = [
        life.ask("2026-11-03", it, appointment=first, slot=FRIDAY, status="held")
        for it in (Ask.RESCHEDULE, Ask.OUTCOME)
    ]
    assert [(it.status, "réservez" in it.detail) for it in early] == [(409, True), (409, True)]
    life.take("2026-11-03 11:00", "initial", THURSDAY)
    assert life.take("2026-11-03 12:00", "initial", THURSDAY).status == 200
    assert life.take("2026-11-03 13:00", "initial", FRIDAY).status == 409
    assert life.ask("2026-11-03 14:00", Ask.RESCHEDULE, appointment=first, slot="gone").status == 409
    life.ask("2026-11-13", Ask.OUTCOME, appointment=first, status="held")
    late = [
        life.ask("2026-11-14", it, appointment=first, slot=FRIDAY, status="missed") for it in (Ask.CANCEL, Ask.OUTCOME)
    ]
    assert [it.status for it in late] == [409, 409]


def test_a_taken_slot_is_refused_and_others_are_named() -> None:
    life = young(THURSDAY, FRIDAY)
    reply = life.take("2026-11-03", "initial", "2026-11-09 10:00")
    assert (reply.status, reply.data["slots"]) == (409, [THURSDAY, FRIDAY])


def test_any_enterprise_may_ask_and_is_answered_in_forty_eight_hours() -> None:
    life = young(THURSDAY, accountant=True)
    reply = life.ask("2026-11-06 17:00", Ask.APPOINTMENT, kind="other", format="phone")
    assert (reply.status, reply.data["status"]) == (201, "offered")
    (promise,) = life.journey.commitments.values()
    assert (promise.kind, promise.due_at) == ("request", instant("2026-11-08 17:00"))
    assert promise.met_at == instant("2026-11-06 17:00")
    assert life.messages("APT-1")[0].immediate


def test_without_any_slot_a_request_becomes_a_task_due_in_working_time_and_its_breach_is_recorded() -> None:
    life = young(accountant=True)
    life.ask("2026-11-06 17:00", Ask.APPOINTMENT, kind="other")
    assert life.opened("request") == [("request", "2026-11-06 17:30")]
    life.until("2026-11-09")
    (promise,) = life.journey.commitments.values()
    assert promise.breached_at == instant("2026-11-08 17:00")


def test_the_first_meeting_asked_for_is_the_one_already_offered() -> None:
    life = young(THURSDAY)
    asked = life.ask("2026-11-03", Ask.APPOINTMENT, kind="initial", format="phone")
    assert (asked.status, asked.data["id"]) == (201, life.appointment("initial").id)
    assert len(life.journey.appointments) == 1
    life.take("2026-11-04", "initial", THURSDAY)
    assert life.appointment("initial").format == "phone"
    assert life.ask("2026-11-05", Ask.APPOINTMENT, kind="initial").status == 409


def test_asking_for_the_meeting_already_offered_is_answered_when_slots_are_free() -> None:
    life = young(THURSDAY)
    life.ask("2026-11-03", Ask.APPOINTMENT, kind="initial")
    (promise,) = life.until("2026-11-06").journey.commitments.values()
    assert (promise.met_at, promise.breached_at) == (instant("2026-11-03"), None)
    assert (life.opened("request"), life.told("slot_freed")) == ([], [])


@pytest.mark.parametrize("formats", [("in_person",), ()])
def test_asking_for_the_meeting_already_offered_becomes_a_task_when_no_slot_suits(formats: tuple[str, ...]) -> None:
    life = Meetings(opened(OPENING), *(slot(THURSDAY, it) for it in formats))
    life.ask("2026-11-03", Ask.APPOINTMENT, kind="initial", format="phone")
    assert life.opened("request") == [("request", "2026-11-05 10:00")]
    life.slots = (slot(THURSDAY),)
    life.until("2026-11-04")
    life.absorb(SlotFreed(**stamp("2026-11-04"), appointment=life.appointment("initial").id))
    (promise,) = life.journey.commitments.values()
    assert promise.met_at == instant("2026-11-04")
    assert life.told("slot_freed") == [("2026-11-04", "slot_freed")]


def test_asking_again_in_another_form_looks_again() -> None:
    life = Meetings(opened(OPENING, accountant=True), slot(THURSDAY, "in_person"))
    life.ask("2026-11-03", Ask.APPOINTMENT, kind="other", format="phone")
    life.ask("2026-11-03 11:00", Ask.APPOINTMENT, kind="other", format="in_person")
    (promise,) = life.journey.commitments.values()
    assert (promise.met_at, life.appointment("other").starved) == (instant("2026-11-03 11:00"), False)


def test_a_meeting_gone_by_whose_outcome_nobody_noted_keeps_nobody_from_asking_for_another() -> None:
    life = young(THURSDAY, "2026-11-25 09:00")
    life.take("2026-11-03", "initial", THURSDAY)
    gone_by = life.appointment("initial").id
    assert life.ask("2026-11-20", Ask.APPOINTMENT, kind="initial").status == 201
    assert life.take("2026-11-20 11:00", "initial", "2026-11-25 09:00").status == 200
    assert life.ask("2026-11-20 12:00", Ask.APPOINTMENT, kind="initial").status == 409
    life.ask("2026-11-20 13:00", Ask.OUTCOME, appointment=gone_by, status="missed")
    assert life.told("appointment_again") == []


def test_legal_security_is_for_enterprises_without_accountant() -> None:
    assert young(accountant=True).ask("2026-11-03", Ask.APPOINTMENT, kind="legal_security").status == 409
    life = young(THURSDAY)
    assert life.ask("2026-11-03", Ask.APPOINTMENT, kind="legal_security").rule == "REG-2"
    assert life.appointment("legal_security").commitment in life.journey.commitments


@pytest.mark.parametrize(("kind", "rule"), [("threshold", "APT-1"), ("priority", "APT-3")])
def test_a_kind_that_does_not_fit_the_situation_is_refused(kind: str, rule: str) -> None:
    reply = young().ask("2026-11-03", Ask.APPOINTMENT, kind=kind)
    assert (reply.status, reply.rule, "other" in reply.detail) == (409, rule, True)


def test_an_unasked_offer_goes_with_the_journey_or_an_accountant_and_a_booked_meeting_stays() -> None:
    gone = young().tell(ended("2026-11-04", CloseReason.DECLINED))
    assert gone.appointment("initial").status is AppointmentStatus.CANCELLED
    followed = young().tell(AccountantChanged(**stamp("2026-11-04"), appointed=True))
    assert followed.appointment("initial").status is AppointmentStatus.CANCELLED
    kept = young(THURSDAY)
    kept.take("2026-11-03", "initial", THURSDAY)
    kept.tell(ended("2026-11-04", CloseReason.DECLINED)).until("2026-11-12")
    assert kept.told("appointment_reminder") == [("2026-11-10", "appointment_reminder")]


def test_after_the_journey_a_request_is_told_where_to_turn() -> None:
    reply = young().tell(ended("2026-11-04", CloseReason.DECLINED)).ask("2026-11-05", Ask.APPOINTMENT, kind="other")
    assert (reply.status, "Adressez-vous" in reply.detail) == (409, True)


def test_nobody_is_warned_about_a_meeting_for_which_it_is_too_late() -> None:
    life = young(THURSDAY)
    life.take("2026-11-03", "initial", THURSDAY)
    life.oversleep("2026-11-04", "2026-11-13 10:00")
    assert life.told("appointment_reminder") == []
    assert [words for _, words in life.skips("APT-2")] == ["Pas de rappel du rendez-vous : trop tard"]
