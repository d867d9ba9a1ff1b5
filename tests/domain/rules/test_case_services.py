"""Penalties (INC-8), refunds (INC-11), mediation (MED-1)."""

from datetime import date, timedelta

import pytest

from domain.effects import Publish, Queue
from domain.requests import Ask
from tests.domain.rules.happenings import PARIS, instant, opened, paid
from tests.domain.rules.incident_life import (
    PERIOD,
    ask,
    ask_for_plan,
    commitments,
    decide,
    detected,
    done,
    proceeding,
    refund,
    unpaid,
    young,
)
from tests.domain.rules.life import Life


def test_the_remission_of_a_technical_incident_is_asked_for_once_by_us() -> None:
    life = (
        young().tell(detected(kind="dsn_technical"), detected("2026-11-20", kind="dsn_technical")).until("2026-12-31")
    )
    asked = [it.effect for it in life.of(Publish, "INC-8")]
    assert [(it.type, it.data["period"]) for it in asked if isinstance(it, Publish)] == [
        ("remission.requested", PERIOD)
    ]


@pytest.mark.parametrize(
    ("paid_on", "offered"), [("2026-12-16", "proposed"), ("2026-12-17", "on_request"), ("2026-11-16", "none")]
)
def test_a_remission_is_proposed_to_the_agent_when_paid_within_thirty_days(paid_on: str, offered: str) -> None:
    life = Life(opened("2026-10-01")).tell(detected("2026-11-16 09:00" if offered == "none" else "2026-11-18"))
    life.tell(paid(paid_on, PERIOD, "1000")).until("2027-01-31")
    (thanks,) = [m for m in life.messages("INC-7") if m.template == "incident_paid"]
    assert thanks.facts["remission"] == offered
    assert [task.task for task in life.tasks("INC-8")] == ["remission"] * (offered == "proposed")


@pytest.mark.parametrize(("received_on", "offered"), [("2026-11-16", "none"), ("2026-12-16", "proposed")])
def test_the_day_a_payment_was_received_counts_for_remission_not_the_day_it_was_told(
    received_on: str, offered: str
) -> None:
    told = (date.fromisoformat(received_on) + timedelta(days=2)).isoformat()
    life = unpaid().tell(paid(told, PERIOD, "1000", on=received_on)).until("2027-01-31")
    (thanks,) = [m for m in life.messages("INC-7") if m.template == "incident_paid"]
    assert thanks.facts["remission"] == offered


def test_a_plan_kept_to_its_end_opens_the_remission() -> None:
    life = unpaid()
    plan = ask_for_plan(life, "2026-11-20", ("2026-12-10", "500"), ("2027-01-11", "500")).data["id"]
    decide(life, "2026-11-23", plan, "accept")
    life.tell(paid("2026-12-10", PERIOD, "500"), paid("2027-01-11", PERIOD, "500"))
    assert [task.task for task in life.tasks("INC-8")] == ["remission"]


def test_a_refund_is_a_task_an_acknowledgement_and_an_answer_in_48_hours() -> None:
    life = young().tell(refund("2026-11-20 18:00"))
    (task,), (promise,) = life.tasks("INC-11"), commitments(life, "refund")
    assert promise.due_at.astimezone(PARIS) == instant("2026-11-22 18:00")
    assert task.due_at.astimezone(PARIS) == instant("2026-11-20 17:30")
    assert [m.template for m in life.messages("INC-11")] == ["refund_received"]


def test_a_double_payment_said_twice_is_handled_once() -> None:
    life = young().tell(refund("2026-11-20", doubled=True), refund("2026-11-21", "250.00")).until("2026-12-01")
    assert len(life.tasks("INC-11")) == len(life.messages("INC-11")) == 1


@pytest.mark.parametrize("outcome", ["unreachable", "message_left"])
def test_an_answer_that_reached_nobody_is_tried_again_and_the_promise_runs(outcome: str) -> None:
    life = young().tell(refund("2026-11-18"))
    life.tell(done("2026-11-19", life.tasks("INC-11")[0].key, outcome))
    again = life.tasks("INC-11")[1]
    assert (again.task, commitments(life, "refund")[0].met_at) == ("call", None)
    life.tell(done("2026-11-19 10:00", again.key, "reached")).until("2026-12-01")
    (promise,) = commitments(life, "refund")
    assert (promise.met_at, promise.breached_at) == (None, instant("2026-11-20"))
    assert len(life.tasks("INC-11")) == 2


def test_an_answer_that_does_not_come_in_time_is_recorded_and_published() -> None:
    life = young().tell(refund("2026-11-18")).until("2026-12-01")
    assert commitments(life, "refund")[0].breached_at == instant("2026-11-20")
    assert [it.on for it in life.of(Publish, "SVC-1")] == ["2026-11-20"]


def test_a_mediation_is_a_task_for_the_mediator_acknowledged_at_once() -> None:
    life = young()
    reply = ask(life, "2026-11-18 20:00", Ask.MEDIATION, note="n")
    (task,), (acknowledgement,) = life.tasks("MED-1"), life.messages("MED-1")
    assert (reply.status, task.queue, acknowledgement.immediate) == (201, Queue.MEDIATOR, True)
    assert task.due_at.astimezone(PARIS).date() == date(2026, 11, 20)


@pytest.mark.parametrize("kind", ["audit", "appeal"])
def test_a_mediation_waits_for_the_end_of_an_audit_or_an_appeal(kind: str) -> None:
    life = young().tell(proceeding("2026-11-18", kind, opened=True))
    refused = ask(life, "2026-11-19", Ask.MEDIATION, note="n")
    assert (refused.status, refused.rule) == (409, "MED-1")
    life.tell(proceeding("2026-11-20", kind, opened=False))
    assert ask(life, "2026-11-21", Ask.MEDIATION, note="n").status == 201


def test_a_proceeding_whose_end_is_received_first_is_ended() -> None:
    closed, opened_ = proceeding("2026-11-20", "audit", opened=False), proceeding("2026-11-18", "audit", opened=True)
    life = young().tell(closed)
    life.absorb(opened_)
    assert ask(life, "2026-11-21", Ask.MEDIATION, note="n").status == 201
