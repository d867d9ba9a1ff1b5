from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from domain.effects import Purpose, SendMessage
from domain.messages import Outgoing, Recipient, intentions, objection
from domain.state import Channel, Health, Journey, Phase
from tests.domain.rules.happenings import ACCOUNT, confirmed, due, instant, opened, paid
from tests.domain.rules.life import Life

SMS, MAIL = Channel.SMS, Channel.MAIL


def journey(**changed: Any) -> Journey:
    return replace(Life(opened("2026-11-02")).journey, **changed)


def message(**changed: Any) -> SendMessage:
    usual: dict[str, Any] = {
        "rule": "REM-2",
        "summary": "",
        "subject": "s",
        "template": "t",
        "purpose": Purpose.REMINDER,
    }
    return SendMessage(**(usual | changed))


def rows(effect: SendMessage, to: Journey) -> list[tuple[Channel, Recipient, bool]]:
    return [(it.channel, it.recipient, it.dropped is None) for it in intentions(effect, to)]


def test_a_message_goes_by_each_channel_that_works() -> None:
    assert rows(message(), journey()) == [(SMS, Recipient.ENTERPRISE, True), (MAIL, Recipient.ENTERPRISE, True)]
    assert rows(message(), journey(sms=Health.BAD)) == [(MAIL, Recipient.ENTERPRISE, True)]


def test_a_letter_to_an_enterprise_without_mail_goes_by_sms() -> None:
    assert rows(message(channels=(MAIL,)), journey(mail=Health.ABSENT)) == [(SMS, Recipient.ENTERPRISE, True)]


def test_what_nobody_can_receive_is_kept_with_its_reason() -> None:
    (row,) = intentions(message(), journey(mail=Health.ABSENT, sms=Health.REFUSED))
    assert row.dropped == "canal refusé par l'entreprise"


def test_the_accountant_gets_the_copy_whatever_the_enterprise_refused() -> None:
    to = journey(accountant=True, opt_outs=("mail:reminder", "sms:reminder"))
    assert rows(message(copy_accountant=True), to) == [
        (SMS, Recipient.ENTERPRISE, False),
        (MAIL, Recipient.ENTERPRISE, False),
        (MAIL, Recipient.ACCOUNTANT, True),
    ]


def test_an_opt_out_never_stops_what_a_case_needs() -> None:
    to = journey(opt_outs=("mail:case", "mail:reminder", "sms:reminder"))
    assert all(sent for _, _, sent in rows(message(purpose=Purpose.CASE), to))


def leaving(effect: SendMessage, channel: Channel = MAIL, recipient: Recipient = Recipient.ENTERPRISE) -> Outgoing:
    return Outgoing(effect.template, effect.purpose, channel, recipient, effect.facts, effect.valid_until)


def reminder_of(life: Life) -> Outgoing:
    return leaving(life.messages("REM-2")[-1])


@pytest.fixture
def reminded() -> Life:
    """A reminder of 900 € for 15 December is about to leave."""
    return Life(opened("2026-11-02")).tell(due("2026-12-01", "2026-11", "2026-12-15", "900")).until("2026-12-11 18:00")


def test_a_reminder_leaves_while_what_it_says_is_true(reminded: Life) -> None:
    assert objection(reminder_of(reminded), reminded.journey, reminded.now) is None


@pytest.mark.parametrize(
    ("news", "reason"),
    [
        (paid("2026-12-11 18:01", "2026-11", "900"), "payé entre-temps"),
        (due("2026-12-11 18:01", "2026-11", "2026-12-16", "900"), "échéance corrigée entre-temps"),
        (due("2026-12-11 18:01", "2026-11", "2026-12-15", "950"), "montant corrigé entre-temps"),
    ],
)
def test_a_reminder_overtaken_by_the_facts_does_not_leave(reminded: Life, news: Any, reason: str) -> None:
    said = reminder_of(reminded)
    reminded.absorb(news)
    assert (objection(said, reminded.journey, reminded.now) or "").startswith(reason)


def test_a_payment_in_part_does_not_stop_a_reminder_about_to_leave(reminded: Life) -> None:
    said = reminder_of(reminded)
    reminded.absorb(paid("2026-12-11 18:01", "2026-11", "100"))
    assert objection(said, reminded.journey, reminded.now) is None


def test_a_reminder_past_its_due_date_does_not_leave(reminded: Life) -> None:
    said, journey_ = reminder_of(reminded), reminded.journey
    assert objection(said, journey_, instant("2026-12-15 18:30")) is None
    assert objection(said, journey_, instant("2026-12-15 18:31")) == "trop tard pour être utile"


def test_a_reminder_does_not_leave_once_the_journey_is_closed(reminded: Life) -> None:
    closed = replace(reminded.journey, phase=Phase.CLOSED)
    assert objection(reminder_of(reminded), closed, reminded.now) == "le parcours est terminé"


def test_a_stop_said_since_holds_for_the_enterprise_and_not_for_the_accountant(reminded: Life) -> None:
    effect = replace(reminded.messages("REM-2")[-1])
    stopped = replace(reminded.journey, sms=Health.REFUSED, accountant=True)
    assert objection(leaving(effect, SMS), stopped, reminded.now) == "canal refusé par l'entreprise"
    assert objection(leaving(effect, MAIL, Recipient.ACCOUNTANT), stopped, reminded.now) is None


def test_the_copy_of_an_accountant_dismissed_since_does_not_leave(reminded: Life) -> None:
    copy = replace(reminder_of(reminded), recipient=Recipient.ACCOUNTANT)
    assert objection(copy, reminded.journey, reminded.now) == "l'expert-comptable ne suit plus l'entreprise"


def test_a_correction_that_nothing_is_due_any_more_leaves(reminded: Life) -> None:
    reminded.tell(due("2026-12-14", "2026-11", "2026-12-15", "0"))
    (correction,) = reminded.messages("REM-4")
    assert correction.facts["amount"] == Decimal(0)
    assert objection(leaving(correction), reminded.journey, reminded.now) is None


def test_facts_read_back_from_the_ledger_are_checked_the_same(reminded: Life) -> None:
    said = reminder_of(reminded)
    stored = {name: str(value) if isinstance(value, (date, Decimal)) else value for name, value in said.facts.items()}
    assert stored["contribution"] == f"{ACCOUNT}/2026-11"
    assert objection(replace(said, facts=stored), reminded.journey, reminded.now) is None


def test_a_notice_does_not_leave_once_the_journey_is_extended() -> None:
    life = Life(opened("2026-11-02")).until("2028-04-03 09:00")
    notice = leaving(life.messages("EXT-1")[0])
    assert objection(notice, life.journey, life.now) is None
    life.extend("2028-04-03 09:01")
    assert objection(notice, life.journey, life.now) == "le parcours a été prolongé entre-temps"


def test_a_farewell_does_not_leave_once_the_enterprise_came_back() -> None:
    life = Life(opened("2026-11-02")).to_the_end()
    farewell = leaving(life.messages()[-1])
    life.extend("2028-05-02 11:00")
    assert objection(farewell, life.journey, life.now) == "le parcours a repris entre-temps"


def test_details_confirmed_since_are_not_asked_for() -> None:
    life = Life(opened("2026-11-02")).until("2026-11-12 09:00")
    asked = leaving(life.messages("ENR-5")[0], SMS)
    life.tell(confirmed("2026-11-12 09:01"))
    assert objection(asked, life.journey, life.now) == "coordonnées confirmées entre-temps"
