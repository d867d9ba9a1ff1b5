"""A task nobody needs any more is closed, under the rule that opened it, in words that say why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from domain.absorption import absorb
from domain.cases import AppointmentStatus, Stage
from domain.effects import CloseTask, ReopenTask
from domain.facts import (
    AgentsAvailable,
    ContactChanged,
    DeliveryFailed,
    DeliveryProved,
    RecoveryServed,
    SlotFreed,
    TaskDone,
)
from domain.requests import Ask, Request
from domain.rulebook import NOBODY
from domain.state import Channel, CloseReason
from domain.tasks import tidied
from tests.domain.rules.happenings import ACCOUNT, confirmed, due, ended, headcount, instant, opened, paid, stamp
from tests.domain.rules.life import AGENTS, Happened, Life
from tests.domain.rules.meetings import Meetings, slot, slot_attendance
from tests.domain.rules.planning import PERIOD, ask, cancelled, decide, firm, incident, plan, request, running


def writ(at: str) -> RecoveryServed:
    day = instant(at).date()
    by = {"amount": Decimal("900"), "served_on": day, "reply_by": day + timedelta(days=15)}
    return RecoveryServed(**stamp(at), stage=Stage.WRIT, account=ACCOUNT, period=PERIOD, **by)


def granted(life: Life) -> None:
    ask(life, "2026-12-18", [("2027-01-15", "450"), ("2027-02-15", "450")])
    decide(life, "2026-12-18", "accept")


def test_nobody_calls_before_a_due_date_that_is_paid() -> None:
    life = firm().until("2026-12-11 18:00")
    assert [it.task for it in life.tasks("REM-5")] == ["call"]
    life.tell(paid("2026-12-12", PERIOD, "900"))
    assert life.needless("REM-5") == [("2026-12-12", "déjà payé")]
    (line,) = life.of(CloseTask, "REM-5")
    assert line.effect.summary.startswith("Tâche sans objet (déjà payé) : Appel d'accompagnement avant l'échéance")


def test_nobody_calls_for_a_date_that_moved() -> None:
    life = firm().until("2026-12-11 18:00").tell(due("2026-12-12", PERIOD, "2026-12-28", "900"))
    assert life.needless("REM-5") == []
    assert len(life.until("2026-12-28").tasks("REM-5")) == 2
    assert [why for _, why in life.needless("REM-5")] == ["l'échéance a changé de date"]


def test_the_call_stays_when_the_date_moves_too_little_for_another() -> None:
    life = firm().until("2026-12-11 18:00").tell(due("2026-12-12", PERIOD, "2026-12-16", "900"))
    life.until("2026-12-16 12:00")
    assert len(life.tasks("REM-5")) == 1
    assert life.needless("REM-5") == []


def test_nobody_calls_about_a_due_date_once_the_journey_is_over() -> None:
    life = firm().until("2026-12-11 18:00").tell(ended("2026-12-12", CloseReason.ACCOUNT_CLOSED))
    assert ("2026-12-12", "le parcours est terminé") in life.needless("REM-5")


@pytest.mark.parametrize(
    ("end", "why"),
    [
        (lambda life: life.tell(paid("2026-12-18", PERIOD, "900")), "la dette est réglée"),
        (lambda life: life.tell(cancelled("2026-12-18")), "l'incident est annulé"),
        (granted, "un délai de paiement est accordé"),
    ],
    ids=["paid", "cancelled", "planned"],
)
def test_nobody_calls_about_an_incident_that_is_over(end: Callable[[Life], object], why: str) -> None:
    life = firm().tell(incident("2026-12-17", "900"))
    assert [it.task for it in life.tasks("INC-3")] == ["call"]
    end(life)
    assert life.needless("INC-3") == [("2026-12-18", why)]


def test_an_agent_who_did_a_task_is_not_told_that_nobody_needs_it() -> None:
    life = firm().tell(incident("2026-12-17", "900"))
    (call,) = life.tasks("INC-3")
    life.tell(TaskDone(**stamp("2026-12-18"), key=call.key), paid("2026-12-18", PERIOD, "900"))
    assert life.needless("INC-3") == []


def test_an_answer_closes_all_that_asked_for_it() -> None:
    life = firm()
    ask(life, "2026-12-04 09:00")
    life.until("2026-12-07 08:00")
    assert [str(it.queue) for it in life.tasks("PLN-4")] == ["referent", "referent", "supervisor"]
    decide(life, "2026-12-07 08:30", "refuse")
    assert life.needless("PLN-4") == [("2026-12-07", "la demande n'attend plus de réponse")] * 3


def test_a_missing_piece_closes_the_answer_until_the_clock_runs_again() -> None:
    life = firm()
    ask(life, "2026-12-07 09:00")
    request(life, "2026-12-07 10:00", Ask.MISSING_PIECE, plan=plan(life).id, piece="accounts", by="alice.martin")
    assert life.needless("PLN-4") == [("2026-12-07", "une pièce est attendue de l'entreprise")]
    request(life, "2026-12-09 10:00", Ask.PIECE_RECEIVED, plan=plan(life).id, piece="accounts", by="alice.martin")
    assert len(life.tasks("PLN-4")) == 2
    assert len(life.needless("PLN-4")) == 1


def test_a_broken_plan_is_reviewed_until_the_debt_is_paid() -> None:
    life = running().until("2026-12-19")
    assert [it.task for it in life.tasks("PLN-7")] == ["plan_broken"]
    assert life.needless("PLN-7") == []
    life.tell(paid("2026-12-21", PERIOD, "900"))
    assert life.needless("PLN-7") == [("2026-12-21", "la dette est réglée")]


def test_what_an_appointment_asks_of_agents_follows_it() -> None:
    life = Meetings(opened("2026-11-02"), slot("2026-11-17 10:00"), slot("2026-11-24 10:00"))
    life.until("2026-11-10 08:30")
    assert [it.task for it in life.tasks("APT-4")] == ["call"]
    life.take("2026-11-12 09:00", "initial", "2026-11-17 10:00")
    assert life.needless("APT-4") == [("2026-11-12", "un créneau est choisi")]
    booked = life.appointment("initial")
    life.ask("2026-11-12 09:10", Ask.RESCHEDULE, appointment=booked.id, slot="2026-11-24 10:00")
    assert life.needless("ENR-6") == [("2026-11-12", "le rendez-vous est déplacé")]
    life.ask("2026-11-24 12:00", Ask.OUTCOME, appointment=booked.id, status=str(AppointmentStatus.HELD))
    assert life.needless("ENR-6")[1:] == [("2026-11-24", "le rendez-vous est terminé ou annulé")]
    assert life.needless("APT-2") == [("2026-11-24", "le rendez-vous est terminé ou annulé")]


def test_an_agent_who_is_back_needs_no_replacement() -> None:
    life = Meetings(opened("2026-11-02"), slot("2026-11-17 10:00"))
    life.take("2026-11-03 09:00", "initial", "2026-11-17 10:00")
    life.tell(slot_attendance("2026-11-05", False, "2026-11-17 10:00"))
    assert [it.task for it in life.tasks("APT-2")] == ["appointment_unattended"]
    life.tell(slot_attendance("2026-11-06", True, "2026-11-17 10:00"))
    assert life.needless("APT-2") == [("2026-11-06", "un conseiller tiendra le rendez-vous")]


def test_confirmed_details_need_no_search() -> None:
    life = Life(opened("2026-11-02")).until("2026-12-10")
    assert [it.key for it in life.tasks("ENR-5")] == ["ENR-5:unconfirmed"]
    life.tell(confirmed("2026-12-11"))
    assert life.needless("ENR-5") == [("2026-12-11", "coordonnées confirmées")]


def test_a_new_address_ends_the_search_for_one() -> None:
    life = Life(opened("2026-11-02", has_mail=False, has_phone=False))
    life.tell(ContactChanged(**stamp("2026-11-10"), has_mail=True, has_phone=True))
    assert life.needless("ENR-5") == [("2026-11-10", "une adresse est connue")]


def test_a_referent_found_is_looked_for_no_more() -> None:
    life = Life(opened("2026-11-02"), roster=NOBODY)
    life.roster = AGENTS
    life.tell(AgentsAvailable(**stamp("2026-11-20")))
    assert life.needless("ENR-3") == [("2026-11-20", "un conseiller est désigné")]


def test_what_only_an_agent_can_say_is_left_to_agents() -> None:
    life = Life(opened("2026-11-02")).tell(headcount("2026-12-01", 8)).to_the_end()
    assert "EXT-3" in {it.rule for it in life.tasks()}
    assert not life.needless("EXT-3")


def reopened(life: Life, rule: str) -> list[str]:
    """Days on which a closed task was opened again."""
    return [it.on for it in life.of(ReopenTask, rule)]


def test_a_debit_that_bounces_opens_the_call_about_a_writ_again() -> None:
    life = firm().tell(incident("2026-12-17", "900"), writ("2026-12-22"), paid("2026-12-23", PERIOD, "900"))
    assert [why for _, why in life.needless("INC-10")] == ["la dette est réglée"]
    life.tell(incident("2026-12-28", "900", "debit_rejected"))
    assert reopened(life, "INC-10") == ["2026-12-28"]


def test_a_call_not_made_stays_when_recovery_takes_over() -> None:
    life = firm().tell(incident("2026-12-17", "900"), writ("2026-12-22")).until("2027-02-01")
    assert life.needless("INC-3") == []


def test_a_writ_is_called_about_even_while_a_plan_runs() -> None:
    life = running().tell(writ("2026-12-10"))
    assert life.needless("INC-10") == []


def test_an_incident_taken_back_and_said_again_before_a_step_is_called_about() -> None:
    life = firm().tell(incident("2026-12-17", "900"))
    for fact in (cancelled("2026-12-18"), incident("2026-12-18 11:00", "900")):
        life.journey, _ = absorb(fact, life.journey)
        life.journey, effects = tidied(life.journey)
        life.happened += [Happened(life.now, it) for it in effects]
    life.take_step()
    closed = len(life.needless("INC-3")) - len(reopened(life, "INC-3"))
    assert len(life.tasks("INC-3")) - closed == 1


def test_nobody_calls_about_an_offer_that_expired_meanwhile() -> None:
    life = Meetings(opened("2026-11-02"), slot("2026-12-15 10:00")).until("2026-12-10")
    assert life.appointment("initial").status is AppointmentStatus.EXPIRED
    assert [why for _, why in life.needless("APT-4")] == ["la proposition a expiré"]


def test_a_call_that_the_end_of_an_offer_asks_for_stays() -> None:
    life = Meetings(opened("2026-11-02"), slot("2026-12-15 10:00")).until("2026-11-03 09:00")
    offered = life.appointment("initial")
    until = instant("2026-11-06 12:00")
    life.journey = life.journey.with_appointment(replace(offered, offer_until=until))
    life.take_step()
    life.until("2026-12-10")
    assert [it.task for it in life.tasks("APT-4")] == ["call"]
    assert life.needless("APT-4") == []


def test_an_address_that_fails_again_is_looked_for_again() -> None:
    gone = {"subject": "welcome", "contact_bad": True, "critical": False, "failed": (), "tried": ()}
    life = Life(opened("2026-11-02", has_phone=False))
    life.tell(DeliveryFailed(**stamp("2026-11-03"), channel=Channel.MAIL, **gone))
    life.tell(DeliveryProved(**stamp("2026-11-04"), channel=Channel.MAIL))
    assert [why for _, why in life.needless("ENR-5")] == ["une adresse est connue"]
    life.tell(DeliveryFailed(**stamp("2026-11-05"), channel=Channel.MAIL, **gone))
    assert reopened(life, "ENR-5") == ["2026-11-05"]


def test_a_return_brings_back_what_the_end_had_closed() -> None:
    life = Life(opened("2026-11-02"), roster=NOBODY).to_the_end()
    assert [why for _, why in life.needless("ENR-3")] == ["le parcours est terminé"]
    life.now += timedelta(days=5)
    asked = Request("back", Ask.EXTEND)
    assert life.take_step(asked)[asked.id].status == 201
    assert len(reopened(life, "ENR-3")) == 1
    assert [why for _, why in life.needless("EXT-3")] == ["le parcours a repris"]


def test_nobody_is_called_to_pay_once_a_collective_procedure_is_open() -> None:
    life = firm().tell(incident("2026-12-17", "900"), ended("2026-12-18", CloseReason.PROCEDURE))
    assert [why for _, why in life.needless("INC-3")] == ["une procédure collective est ouverte"]


def test_a_request_that_found_a_slot_needs_no_other_answer() -> None:
    life = Meetings(opened("2026-11-02"))
    life.ask("2026-11-03 09:00", Ask.APPOINTMENT, kind="other")
    assert [it.task for it in life.tasks("APT-1")] == ["request"]
    life.slots = (slot("2026-11-17 10:00"),)
    life.tell(SlotFreed(**stamp("2026-11-04"), appointment=life.appointment("other").id))
    assert [why for _, why in life.needless("APT-1")] == ["un créneau s'est libéré"]


def test_a_plan_decided_by_an_agent_is_a_task_done_by_him_or_her() -> None:
    life = firm()
    ask(life, "2026-12-18", [("2027-01-15", "450"), ("2027-02-15", "450")])
    life.tell(incident("2026-12-19 10:00", "900"))
    decide(life, "2026-12-20", "accept")
    answered, *_ = [it.effect for it in life.of(CloseTask, "PLN-4") if isinstance(it.effect, CloseTask)]
    [called] = [it.effect for it in life.of(CloseTask, "INC-3") if isinstance(it.effect, CloseTask)]
    assert answered.done_by == "alice.martin"
    assert answered.summary.startswith(f"Tâche faite par {answered.done_by} : Répondre à la demande de délai")
    assert called.done_by is None
    assert called.summary.startswith("Tâche sans objet (un délai de paiement est accordé)")
