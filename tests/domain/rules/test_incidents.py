from datetime import date, time
from decimal import Decimal

import pytest

from domain.cases import IncidentStatus
from domain.effects import SendMessage
from domain.messages import Outgoing, Recipient, intentions, objection
from domain.requests import Ask
from domain.rules.incidents import NAMES
from domain.state import Channel, CloseReason
from tests.domain.rules.happenings import PARIS, due, ended, opened, paid
from tests.domain.rules.incident_life import ask, cancelled, detected, incident, published, unpaid, young
from tests.domain.rules.life import Life

KINDS = [kind for kind in NAMES if kind != "difficulty_announced"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_told_at_once_by_sms_and_mail_with_a_copy_to_the_accountant(kind: str) -> None:
    life = young(accountant=True).tell(detected(kind=kind))
    (message,) = life.messages("INC-2")
    assert (life.days("INC-2"), message.critical) == (["2026-11-18"], True)
    assert [(it.channel, it.recipient) for it in intentions(message, life.journey)] == [
        (Channel.SMS, Recipient.ENTERPRISE),
        (Channel.MAIL, Recipient.ENTERPRISE),
        (Channel.MAIL, Recipient.ACCOUNTANT),
    ]


def test_the_first_word_says_the_amount_and_by_when() -> None:
    (message,) = unpaid().messages("INC-2")
    assert (message.facts["amount"], message.facts["act_by"]) == (Decimal(1000), date(2026, 11, 25))


def test_what_is_detected_at_night_or_on_a_sunday_waits_for_the_window() -> None:
    life = young().tell(detected("2026-11-22 03:00")).until("2026-11-24")
    (sent,) = life.of(SendMessage, "INC-2")
    assert (sent.on, sent.at.astimezone(PARIS).time()) == ("2026-11-23", time(8, 30))


def test_the_referent_calls_within_two_working_days_when_there_is_no_accountant() -> None:
    (call,) = young().tell(detected("2026-11-20")).tasks("INC-3")
    assert call.due_at.date() == date(2026, 11, 24)
    assert not young(accountant=True).tell(detected()).tasks("INC-3")


def test_what_comes_later_for_a_period_updates_its_incident_without_a_second_word() -> None:
    life = unpaid().tell(detected("2026-11-20", "400", kind="partial_payment"))
    assert len(life.journey.incidents) == 1
    assert (incident(life).kind, incident(life).amount) == ("partial_payment", Decimal(400))
    assert len(life.messages("INC-2")) == len(life.tasks("INC-3")) == 1


def test_an_older_word_received_late_changes_nothing_but_when_it_began() -> None:
    life = unpaid().tell(detected("2026-11-17 09:00", "1", kind="debit_rejected"))
    assert (incident(life).kind, incident(life).amount) == ("unpaid", Decimal(1000))
    assert incident(life).opened_at.day == 17


def test_full_payment_ends_it_with_thanks() -> None:
    life = unpaid().tell(paid("2026-11-23", "2026-10", "1000")).until("2026-12-31")
    assert incident(life).status is IncidentStatus.PAID
    assert [(on, m.template) for (on, _), m in zip(life.sent("INC-7"), life.messages("INC-7"), strict=True)] == [
        ("2026-11-23", "incident_paid")
    ]
    assert not life.messages("INC-5")


def test_a_payment_stored_before_its_incident_says_nothing_at_all() -> None:
    life = young().tell(paid("2026-11-18 11:00", "2026-10", "1000"), detected("2026-11-18 10:00")).until("2026-12-31")
    assert incident(life).status is IncidentStatus.PAID
    assert not life.messages("INC")


def test_a_payment_that_bounced_does_not_count() -> None:
    stated = due("2026-11-10", "2026-10", "2026-11-16", "1000")
    life = young().tell(stated, paid("2026-11-17 09:00", "2026-10", "1000"), detected(kind="debit_rejected"))
    assert (incident(life).status, life.days("INC-2")) == (IncidentStatus.OPEN, ["2026-11-18"])


def test_a_period_paid_before_it_was_said_to_be_unpaid_is_not_dunned() -> None:
    stated = due("2026-11-10", "2026-10", "2026-11-16", "1000")
    life = young().tell(stated, paid("2026-11-17 09:00", "2026-10", "1000"), detected())
    assert (incident(life).status, life.messages("INC")) == (IncidentStatus.PAID, [])


def test_paying_does_not_send_a_declaration() -> None:
    life = young().tell(detected(kind="undeclared", amount=None), paid("2026-11-19", "2026-10", "300"))
    assert incident(life).status is IncidentStatus.OPEN


def test_a_cancelled_incident_is_told_once_and_chased_no_more() -> None:
    life = unpaid().tell(cancelled("2026-11-20"), cancelled("2026-11-21")).until("2026-12-31")
    assert incident(life).status is IncidentStatus.CANCELLED
    assert [m.template for m in life.messages("INC-7")] == ["incident_cancelled"]
    assert not life.messages("INC-5")


def test_a_cancellation_received_first_silences_the_incident_it_takes_back() -> None:
    life = young().tell(cancelled("2026-11-18 12:00"), detected("2026-11-18 11:00")).until("2026-12-31")
    assert (incident(life).status, life.messages("INC")) == (IncidentStatus.CANCELLED, [])


def test_an_incident_restored_after_its_cancellation_is_told_again() -> None:
    life = unpaid().tell(cancelled("2026-11-20"), detected("2026-11-23"))
    assert incident(life).status is IncidentStatus.OPEN
    assert life.days("INC-2") == ["2026-11-18", "2026-11-23"]


def test_a_debit_rejected_after_the_thanks_opens_the_incident_again() -> None:
    life = unpaid().tell(paid("2026-11-20", "2026-10", "1000"), detected("2026-11-25", kind="debit_rejected"))
    assert (incident(life).status, life.days("INC-2")) == (IncidentStatus.OPEN, ["2026-11-18", "2026-11-25"])


def test_the_amount_said_is_the_one_of_the_second_of_sending_and_a_paid_one_is_not_said() -> None:
    life = unpaid()
    (message,) = life.messages("INC-2")
    outgoing = Outgoing(message.template, message.purpose, Channel.MAIL, Recipient.ENTERPRISE, message.facts)
    assert objection(outgoing, life.journey, life.now) is None
    life.tell(paid("2026-11-18 11:00", "2026-10", "1000"))
    assert objection(outgoing, life.journey, life.now) == "l'incident n'est plus ouvert"


@pytest.mark.parametrize("amount", ["9.99", "0.01"])
def test_a_small_sum_is_noted_and_not_chased(amount: str) -> None:
    life = young().tell(detected(amount=amount)).until("2027-02-01")
    assert not life.messages("INC")
    assert not life.tasks("INC")
    assert [on for on, _ in life.skips("INC-9")] == ["2026-11-18"]
    assert incident(life).status is IncidentStatus.OPEN


def test_a_part_payment_that_leaves_a_small_sum_ends_the_chase() -> None:
    life = unpaid().tell(paid("2026-11-19", "2026-10", "995")).until("2027-02-01")
    assert (life.messages("INC-5"), len(life.skips("INC-9"))) == ([], 1)


def test_an_incident_noticed_after_the_journey_is_for_the_common_law_agent() -> None:
    life = young().tell(ended("2026-11-17 09:00", CloseReason.DECLINED), detected()).until("2026-12-31")
    assert life.is_closed
    assert not life.messages("INC")


def test_an_incident_open_at_the_end_of_the_journey_goes_on() -> None:
    life = unpaid().tell(ended("2026-11-19", CloseReason.DECLINED)).until("2026-12-31")
    assert len(life.messages("INC-5")) == 3


def test_a_collective_procedure_stops_every_word_about_the_debt() -> None:
    life = unpaid().tell(ended("2026-11-19", CloseReason.PROCEDURE)).until("2027-02-01")
    assert not life.messages("INC-5")
    assert not life.messages("INC-7")


def test_nothing_is_told_to_an_enterprise_that_did_not_enrol() -> None:
    life = Life(opened("2026-10-01", headcount=0)).tell(detected()).until("2026-12-31")
    assert not life.messages("INC")


def test_a_difficulty_announced_is_acknowledged_at_once_and_called_not_dunned() -> None:
    life = young()
    reply = ask(life, "2026-11-17 21:00", Ask.DIFFICULTY, period="2026-11", note="n1")
    assert reply.status == 201
    assert life.journey.incidents[reply.data["id"]].notes == ("n1",)
    life.until("2027-02-01")
    (acknowledgement,) = life.messages("INC-2")
    assert (acknowledgement.template, acknowledgement.immediate) == ("difficulty_received", True)
    assert [task.due_at.date() for task in life.tasks("INC-3")] == [date(2026, 11, 19)]
    assert not life.messages("INC-5")


def test_a_difficulty_announced_that_comes_true_is_told_as_what_it_became() -> None:
    life = young()
    ask(life, "2026-11-17 11:00", Ask.DIFFICULTY, period="2026-10", note="n1")
    life.tell(detected())
    assert [m.template for m in life.messages("INC-2")] == ["difficulty_received", "incident_opened"]
    assert (len(life.journey.incidents), incident(life).kind) == (1, "unpaid")


def test_a_difficulty_said_about_a_known_incident_does_not_hide_what_urssaf_saw() -> None:
    life = unpaid()
    ask(life, "2026-11-19", Ask.DIFFICULTY, period="2026-10", note="n1")
    assert (incident(life).kind, incident(life).notes) == ("unpaid", ("n1",))


def test_a_difficulty_about_what_is_paid_is_refused_with_the_reason() -> None:
    life = young().tell(paid("2026-11-17 09:00", "2026-10", "300"))
    assert ask(life, "2026-11-19", Ask.DIFFICULTY, period="2026-10", note="n").status == 409


def test_the_same_announcement_made_twice_is_acknowledged_once() -> None:
    life = young()
    for _ in range(2):
        ask(life, "2026-11-17 11:00", Ask.DIFFICULTY, period="2026-11", note="n1")
    assert len(life.messages("INC-2")) == 1
    assert not published(life)


def test_a_difficulty_said_again_while_somebody_looks_at_it_is_joined_to_the_first() -> None:
    life = young()
    first = ask(life, "2026-11-17 11:00", Ask.DIFFICULTY, period="2026-11", note="n1")
    again = ask(life, "2026-11-18 15:00", Ask.DIFFICULTY, period="2026-11", note="n2")
    assert (again.status, again.data) == (201, first.data)
    assert life.journey.incidents[first.data["id"]].notes == ("n1", "n2")
    assert len(life.messages("INC-2")) == 1
    ask(life, "2026-11-20 15:00", Ask.DIFFICULTY, period="2026-11", note="n3")
    assert len(life.messages("INC-2")) == 2
