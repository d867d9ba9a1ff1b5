"""COM-6: the page of an accountant's clients is opened by a mail to the accountant alone."""

from __future__ import annotations

from domain.facts import ClientsAsked
from domain.messages import Recipient, intentions
from domain.state import Channel, CloseReason
from tests.domain.rules.happenings import ended, opened, stamp
from tests.domain.rules.life import Life

OPENING = "2026-01-05"


def asked(at: str) -> ClientsAsked:
    return ClientsAsked(**stamp(at))


def test_each_time_it_is_asked_a_mail_leaves_at_once_to_the_accountant_alone() -> None:
    life = Life(opened(OPENING, accountant=True)).tell(asked("2026-03-07 21:00"), asked("2026-03-08 09:00"))
    assert life.days("COM-6") == ["2026-03-07", "2026-03-08"]
    for mail in life.messages("COM-6"):
        assert mail.immediate
        [row] = intentions(mail, life.journey)
        assert (row.channel, row.recipient) == (Channel.MAIL, Recipient.ACCOUNTANT)


def test_letters_are_found_again_after_the_journey() -> None:
    life = Life(opened(OPENING, accountant=True)).tell(ended("2026-03-02", CloseReason.ACCOUNT_CLOSED))
    assert life.tell(asked("2026-04-01")).days("COM-6") == ["2026-04-01"]


def test_nothing_leaves_when_the_enterprise_has_no_accountant() -> None:
    life = Life(opened(OPENING)).tell(asked("2026-03-02"))
    assert [intentions(mail, life.journey) for mail in life.messages("COM-6")] == [()]
