"""REG-1: one mail for each issue, on its day, to those it is for and who have not refused it."""

from __future__ import annotations

from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as some

from domain.absorption import absorb
from domain.facts import NewsletterPublished
from domain.messages import Recipient, intentions
from domain.newsletters import concerns
from domain.state import Channel, CloseReason, Health
from tests.domain.rules.happenings import PARIS, ended, opened, stamp
from tests.domain.rules.life import MODEST, Life

OPENING = "2026-01-05"


def issue(at: str, number: int = 1) -> NewsletterPublished:
    return NewsletterPublished(**stamp(at), newsletter=f"n-{number}", title=f"Numéro {number}")


def life() -> Life:
    return Life(opened(OPENING))


def test_an_issue_leaves_the_same_day_by_mail_alone() -> None:
    lived = life().tell(issue("2026-03-03 00:05")).until("2026-04-01")
    [letter] = lived.messages("REG-1")
    assert (letter.template, letter.channels, letter.facts) == ("newsletter", (Channel.MAIL,), {"newsletter": "n-1"})
    assert [day for day, _ in lived.sent("REG-1")] == ["2026-03-03"]
    assert letter.summary == "Lettre d'information « Numéro 1 »"


def test_an_issue_of_a_saturday_leaves_on_monday() -> None:
    assert [day for day, _ in life().tell(issue("2026-03-07")).until("2026-04-01").sent("REG-1")] == ["2026-03-09"]


def test_mails_of_an_issue_are_spread_over_the_day() -> None:
    moments = set()
    for siren in ("552100554", "732829320", "356000000", "542051180"):
        lived = Life(opened(OPENING, siren=siren)).tell(issue("2026-03-03 00:05")).until("2026-04-01")
        [sent] = [it.at.astimezone(PARIS) for it in lived.happened if it.effect.rule == "REG-1"]
        assert time(8, 30) <= sent.time() < time(17, 30)
        moments.add(sent)
    assert len(moments) == 4


def test_an_issue_that_comes_late_in_the_day_leaves_at_once() -> None:
    lived = life().tell(issue("2026-03-03 17:45"))
    assert [day for day, _ in lived.sent("REG-1")] == ["2026-03-03"]


def test_each_issue_is_sent_once() -> None:
    lived = life().tell(issue("2026-03-03", 1), issue("2026-03-03", 2), issue("2026-03-04", 1)).until("2026-05-01")
    assert sorted(it.subject for it in lived.messages("REG-1")) == ["newsletter:n-1", "newsletter:n-2"]


def test_no_issue_is_sent_after_the_journey() -> None:
    closed = life().tell(ended("2026-03-02", CloseReason.ACCOUNT_CLOSED), issue("2026-03-03"))
    assert closed.until("2026-05-01").messages("REG-1") == []


def test_an_issue_that_could_not_leave_for_a_fortnight_is_old_news() -> None:
    lived = life().tell(issue("2026-03-03 07:00")).oversleep("2026-03-03 08:00", "2026-03-19")
    assert lived.messages("REG-1") == []
    assert lived.skips("REG-1") == [("2026-03-19", "Lettre d'information « Numéro 1 » : trop tard pour l'envoyer")]


def test_who_refuses_information_by_mail_is_not_written_to_and_no_accountant_is() -> None:
    lived = Life(opened(OPENING, accountant=True)).tell(issue("2026-03-03")).until("2026-04-01")
    [letter] = lived.messages("REG-1")
    [row] = intentions(letter, lived.journey)
    assert (row.channel, row.recipient, row.dropped) == (Channel.MAIL, Recipient.ENTERPRISE, None)
    [refused] = intentions(letter, lived.journey.but(opt_outs=("mail:information",)))
    assert "choisi de ne pas recevoir" in str(refused.dropped)


def test_without_a_mail_address_an_sms_says_where_to_read_it() -> None:
    lived = life().tell(issue("2026-03-03")).until("2026-04-01")
    [row] = intentions(lived.messages("REG-1")[0], lived.journey.with_health(Channel.MAIL, Health.BAD))
    assert row.channel is Channel.SMS


@pytest.mark.parametrize(
    ("sectors", "naf", "concerned"),
    [
        ((), "", True),
        ((), "10.71C", True),
        (("56",), "5610A", True),
        (("56.1",), "56.10A", True),
        (("56.10a",), "5610A", True),
        (("47", "10.71C"), "1071C", True),
        (("47",), "5610A", False),
        (("56.10A",), "56.10B", False),
        (("56",), "", False),
    ],
)
def test_an_issue_is_for_the_sectors_it_names_however_they_are_written(
    sectors: tuple[str, ...], naf: str, concerned: bool
) -> None:
    assert concerns(sectors, naf) is concerned


@MODEST
@given(some.permutations(range(4)), some.integers(1, 3))
def test_whatever_the_order_and_the_repetitions_the_state_is_the_same(order: list[int], times: int) -> None:
    facts = [issue(f"2026-03-0{day + 2}", 1 + day % 3) for day in range(4)]
    start = life().journey
    known, expected = start, start
    for fact in facts:
        expected = absorb(fact, expected)[0]
    for index in order * times:
        known = absorb(facts[index], known)[0]
    assert known.newsletters == expected.newsletters
