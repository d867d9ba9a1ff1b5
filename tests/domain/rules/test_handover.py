"""EXT-6: what is open at the end of a journey is handed over with it, and promises are kept after it."""

from __future__ import annotations

from domain.cases import Plan, PlanStatus
from domain.effects import OpenTask, Queue
from domain.state import CloseReason
from tests.domain.rules.happenings import ended, opened, paid
from tests.domain.rules.incident_life import PERIOD, ask_for_plan, commitments, decide, refund, unpaid
from tests.domain.rules.life import Life
from tests.domain.rules.meetings import Meetings, slot

THURSDAY = "2026-11-12 14:00"


def handed_over(life: Life) -> OpenTask:
    (task,) = life.tasks("EXT-3")
    assert task.queue is Queue.COMMON_LAW
    return task


def test_a_quiet_journey_hands_over_nothing_that_is_open() -> None:
    assert len(handed_over(Life(opened("2026-11-02")).to_the_end()).guidance) == 2


def test_an_open_incident_is_handed_over_with_what_is_left_to_pay() -> None:
    life = unpaid().tell(paid("2026-11-20", PERIOD, "400"), ended("2026-11-25", CloseReason.DECLINED))
    assert "Incident d'octobre 2026, échéance impayée : reste 600,00 €" in handed_over(life).guidance


def test_a_settled_incident_is_not_handed_over() -> None:
    life = unpaid().tell(paid("2026-11-20", PERIOD, "1000"), ended("2026-11-25", CloseReason.DECLINED))
    assert len(handed_over(life).guidance) == 2


def test_a_request_without_answer_is_handed_over_with_its_promise_and_answered_after_the_end() -> None:
    life = unpaid()
    plan = ask_for_plan(life, "2026-11-24", ("2026-12-10", "1000")).data["id"]
    life.tell(ended("2026-11-25", CloseReason.DECLINED))
    lines = " / ".join(handed_over(life).guidance)
    assert "Demande de délai sans réponse : octobre 2026, 1 échéance, 1 000,00 €" in lines
    assert "réponse à une demande de délai de paiement, le 27/11/2026" in lines
    assert decide(life, "2026-11-26", plan, "accept").status == 200
    (promise,) = commitments(life, "plan_answer")
    assert promise.met_at
    assert not promise.breached_at
    assert plan_of(life).status is PlanStatus.RUNNING
    assert "plan_accepted" in [message.template for message in life.messages("PLN")]


def plan_of(life: Life) -> Plan:
    (plan,) = life.journey.plans.values()
    return plan


def test_a_booked_meeting_and_a_refund_owed_are_handed_over() -> None:
    life = Meetings(opened("2026-11-02"), slot(THURSDAY))
    life.take("2026-11-03", "initial", THURSDAY)
    life.tell(refund("2026-11-09"), ended("2026-11-10", CloseReason.DECLINED))
    lines = handed_over(life).guidance
    assert "Premier rendez-vous pris, le 12/11/2026" in lines
    assert "Engagement à tenir : réponse sur un remboursement, le 11/11/2026" in lines
