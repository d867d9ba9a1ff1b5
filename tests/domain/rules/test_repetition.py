from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from domain.cases import AppointmentStatus
from domain.effects import SendMessage
from domain.messages import Channel, Recipient, intentions
from tests.domain.rules.happenings import PARIS, opened
from tests.domain.rules.incident_life import (
    PERIOD,
    ask_for_plan,
    cancelled,
    commitments,
    decide,
    detected,
    incident,
    published,
    unpaid,
)
from tests.domain.rules.life import Life


def earlier(at: str, period: str = "2026-05"):
    """Another period that was not paid."""
    return detected(at, period=period, due_on=date(2026, 6, 15), amount="300")


def repeated(*facts, **changed) -> Life:
    """An incident on 18 November after what ``facts`` say."""
    return Life(opened("2026-04-01", **changed)).tell(*facts, detected())


def test_the_second_incident_in_six_months_brings_a_priority_appointment_within_eight_working_days() -> None:
    life = repeated(earlier("2026-06-18"))
    (offer,) = (it for it in life.journey.appointments.values() if it.kind == "priority")
    assert (offer.status, offer.subject) == (AppointmentStatus.OFFERED, list(life.journey.incidents)[-1])
    assert offer.offer_until is not None
    assert offer.offer_until.astimezone(PARIS).date() == date(2026, 11, 30)
    (promise,) = commitments(life, "priority_appointment")
    assert promise.due_at == offer.offer_until


def test_the_appointment_ahead_holds_recovery() -> None:
    assert published(repeated(earlier("2026-06-18")))[-1] == ("2026-11-18", "recovery.held", "appointment_ahead")


@pytest.mark.parametrize(
    "facts",
    [
        [],
        [earlier("2026-05-18")],
        [earlier("2026-06-18"), cancelled("2026-06-20", "2026-05")],
        [detected("2026-06-18", period="2026-05", due_on=date(2026, 6, 15), amount="9")],
    ],
)
def test_a_first_one_or_one_six_months_old_or_taken_back_or_small_does_not_count(facts) -> None:
    assert not commitments(repeated(*facts), "priority_appointment")


def test_an_earlier_incident_received_late_makes_the_later_one_a_repetition() -> None:
    life = repeated()
    life.absorb(earlier("2026-10-20", "2026-09"))
    assert len(commitments(life, "priority_appointment")) == 1


def test_a_repetition_answered_once_is_not_answered_again_when_it_is_updated() -> None:
    life = repeated(earlier("2026-06-18")).tell(detected("2026-11-20", "400")).until("2026-11-25")
    assert len(commitments(life, "priority_appointment")) == 1


def test_with_an_accountant_it_is_a_message_to_him_alone_and_a_task() -> None:
    life = repeated(earlier("2026-06-18"), accountant=True)
    (message,) = life.messages("INC-4")
    assert [(it.channel, it.recipient) for it in intentions(message, life.journey)] == [
        (Channel.MAIL, Recipient.ACCOUNTANT)
    ]
    assert (message.facts["number"], message.facts["amount"]) == (2, Decimal(1000))
    assert [task.due_at.date() for task in life.tasks("INC-4")] == [date(2026, 11, 20)]
    assert not life.journey.appointments


def test_a_broken_plan_counts_as_one_more() -> None:
    life = unpaid()
    plan = ask_for_plan(life, "2026-11-20", ("2026-12-10", "500"), ("2027-01-11", "500")).data["id"]
    decide(life, "2026-11-23", plan, "accept")
    assert not commitments(life, "priority_appointment")
    life.until("2026-12-17 12:00")
    assert incident(life).period == PERIOD
    assert len(commitments(life, "priority_appointment")) == 1


SECOND_ACCOUNT = "117000000123456780"


def test_one_month_missed_on_two_accounts_is_no_repetition() -> None:
    life = Life(opened("2026-04-01")).tell(detected(), detected(account=SECOND_ACCOUNT))
    assert not commitments(life, "priority_appointment")


def test_a_second_month_missed_on_two_accounts_is_answered_once() -> None:
    first = earlier("2026-10-20", "2026-09"), replace(earlier("2026-10-20", "2026-09"), account=SECOND_ACCOUNT)
    life = Life(opened("2026-04-01")).tell(*first, detected(), detected(account=SECOND_ACCOUNT)).until("2026-11-25")
    assert len(commitments(life, "priority_appointment")) == 1


def two_at_once() -> Life:
    """Two more months told at once as unpaid, each a repetition."""
    september = detected("2026-11-18", period="2026-09", due_on=date(2026, 10, 15), amount="300")
    return repeated(earlier("2026-06-18"), september)


IDENTITIES = {"appointment", "incident", "plan", "contribution"}


def test_two_repetitions_told_at_once_are_one_appointment_told_once() -> None:
    life = two_at_once().until("2026-11-25")
    assert len([it for it in life.journey.appointments.values() if it.kind == "priority"]) == 1
    assert len(commitments(life, "priority_appointment")) == 1
    assert len([it for it in life.messages("APT-3") if it.template == "appointment_offer"]) == 1


def test_the_one_appointment_holds_the_recovery_of_each() -> None:
    held = [it for it in published(two_at_once()) if it[1:] == ("recovery.held", "appointment_ahead")]
    assert len(held) == 2
    life = two_at_once().until("2026-12-02")
    assert [it[1] for it in published(life)].count("recovery.released") == 2


@pytest.mark.parametrize(("settled", "stands"), [(["2026-09"], True), (["2026-09", "2026-10"], False)])
def test_the_one_appointment_stands_while_one_of_its_difficulties_does(settled: list[str], stands: bool) -> None:
    life = two_at_once()
    life.tell(*(cancelled("2026-11-19", it) for it in settled)).until("2026-11-20")
    (offer,) = (it for it in life.journey.appointments.values() if it.kind == "priority")
    assert (offer.status is AppointmentStatus.OFFERED) is stands


def test_no_letter_says_the_same_words_twice_in_a_day() -> None:
    said = [
        (it.on, it.effect.template, str({k: v for k, v in it.effect.facts.items() if k not in IDENTITIES}))
        for it in two_at_once().until("2027-01-31").of(SendMessage)
        if isinstance(it.effect, SendMessage)
    ]
    assert len(said) == len(set(said))
