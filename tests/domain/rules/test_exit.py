from dataclasses import replace

import pytest

from domain.effects import Queue, Record
from domain.state import Channel, CloseReason, Phase
from tests.domain.rules.happenings import IDF, RHONE, ended, opened, transferred
from tests.domain.rules.incident_life import ask_for_plan, unpaid
from tests.domain.rules.life import AGENTS, Life


@pytest.mark.parametrize(
    ("opened_on", "notice", "reminder", "end"),
    [
        ("2026-11-02", "2028-04-03", "2028-04-18", "2028-05-02"),
        ("2024-08-31", "2026-02-02", "2026-02-13", "2026-02-28"),
        ("2026-08-31", "2028-01-31", "2028-02-14", "2028-02-29"),
        ("2028-02-29", "2029-07-30", "2029-08-14", "2029-08-29"),
        ("2025-09-28", "2027-03-01", "2027-03-15", "2027-03-28"),
        ("2025-04-25", "2026-09-25", "2026-10-12", "2026-10-25"),
        ("2025-11-15", "2027-04-15", "2027-04-30", "2027-05-15"),
        ("2026-11-08", "2028-04-10", "2028-04-24", "2028-05-08"),
    ],
)
def test_a_journey_nobody_extends_is_announced_reminded_and_closed(
    opened_on: str, notice: str, reminder: str, end: str
) -> None:
    life = Life(opened(opened_on)).to_the_end()
    assert life.sent("EXT-1") == [(notice, f"exit-notice:{end}")]
    assert life.sent("EXT-3")[0] == (reminder, f"exit-reminder:{end}")
    assert (life.closed_on, life.journey.close_reason) == (end, CloseReason.TERM)


def test_the_notice_opens_the_phase_in_which_one_may_extend() -> None:
    assert Life(opened("2026-11-02")).until("2028-04-02 08:29").journey.phase is Phase.ACTIVE
    assert Life(opened("2026-11-02")).until("2028-04-02 08:30").journey.phase is Phase.NOTICE


def test_the_end_brings_a_closing_message_and_a_handover_to_the_common_law_agent() -> None:
    life = Life(opened("2026-11-02")).to_the_end()
    (handover,) = life.tasks("EXT-3")
    assert (handover.task, handover.queue, str(handover.due_at.date())) == ("handover", Queue.COMMON_LAW, "2028-05-10")
    farewell = life.messages()[-1]
    assert (farewell.template, farewell.facts["can_resume"]) == ("closed", True)
    assert life.wake_at is None


def test_the_farewell_of_an_end_on_a_holiday_waits_for_a_working_day() -> None:
    life = Life(opened("2025-11-15")).to_the_end()
    assert (life.closed_on, life.sent()[-1][0]) == ("2027-05-15", "2027-05-18")


@pytest.mark.parametrize(
    ("reason", "can_resume"),
    [(CloseReason.ACCOUNT_CLOSED, False), (CloseReason.PROCEDURE, False), (CloseReason.DECLINED, True)],
)
def test_an_early_end_closes_at_once_with_a_letter(reason: CloseReason, can_resume: bool) -> None:
    life = Life(opened("2026-11-02")).tell(ended("2027-03-01", reason)).to_the_end()
    assert (life.closed_on, life.journey.close_reason) == ("2027-03-01", reason)
    (letter,) = life.messages("EXT-5")
    assert (letter.channels, letter.facts["can_resume"]) == ((Channel.MAIL,), can_resume)
    assert life.days("REM-2")[-1] < "2027-03-01"


def test_an_end_announced_for_later_waits_for_its_day() -> None:
    life = Life(opened("2026-11-02")).tell(ended("2027-03-01", CloseReason.ACCOUNT_CLOSED, "2027-03-31")).to_the_end()
    assert life.closed_on == "2027-03-31"
    assert life.days("REM-2")[-1] == "2027-03-12"


def test_of_two_early_ends_the_earlier_counts() -> None:
    life = Life(opened("2026-11-02"))
    life.tell(ended("2027-03-01", CloseReason.ACCOUNT_CLOSED, "2027-04-30"))
    life.tell(ended("2027-03-02", CloseReason.PROCEDURE, "2027-03-15")).to_the_end()
    assert (life.closed_on, life.journey.close_reason) == ("2027-03-15", CloseReason.PROCEDURE)
    assert len(life.messages("EXT-5")) == 1


@pytest.mark.parametrize("batch", [False, True])
@pytest.mark.parametrize(("account_closed", "procedure"), [("2026-11-23", "2026-11-26"), ("2026-11-26", "2026-11-23")])
def test_a_collective_procedure_stops_every_word_whatever_end_came_before(
    account_closed: str, procedure: str, batch: bool
) -> None:
    told = "2026-11-26" if batch else None
    ends = [
        ended(told or account_closed, CloseReason.ACCOUNT_CLOSED, account_closed),
        ended(told or procedure, CloseReason.PROCEDURE, procedure),
    ]
    life = unpaid().tell(ended("2026-11-20", CloseReason.DECLINED), *sorted(ends, key=lambda it: it.received_at))
    life.until("2027-03-01")
    assert [on for on in life.days("INC") if on > "2026-11-26"] == []
    assert ask_for_plan(life, "2027-03-01 11:00", ("2027-04-01", "1000")).status == 409


def test_a_journey_that_was_declined_does_not_resume_after_a_collective_procedure() -> None:
    life = Life(opened("2026-11-02")).tell(ended("2027-03-01", CloseReason.DECLINED, "2027-04-01"))
    life.tell(ended("2027-03-02", CloseReason.PROCEDURE, "2027-05-01")).until("2027-06-01")
    assert (life.journey.close_reason, life.extend("2027-06-02").status) == (CloseReason.DECLINED, 409)


def test_a_transfer_continues_the_journey_under_the_other_policy_with_a_new_referent() -> None:
    life = Life(opened("2026-11-02"), roster=AGENTS).tell(transferred("2027-03-01", RHONE, "2027-04-01"))
    assert life.until("2027-03-31").journey.organisation == IDF
    life.until("2027-04-20")
    assert (life.journey.organisation, life.journey.referent) == (RHONE, "chloe.durand")
    assert life.journey.policy_version == life.rulebook.current[RHONE].version
    assert life.days("ENR-3") == ["2027-04-01"]
    assert life.days("REM-2")[-1] == "2027-04-09"


def test_a_transferred_journey_keeps_its_end_and_is_not_welcomed_again() -> None:
    life = Life(opened("2026-11-02")).tell(transferred("2027-03-01", RHONE, "2027-04-01")).to_the_end()
    assert (life.closed_on, life.days("ENR-4")) == ("2028-05-02", ["2026-11-02"])


def test_a_transfer_received_twice_moves_once() -> None:
    moving = transferred("2027-03-01", RHONE, "2027-04-01")
    life = Life(opened("2026-11-02")).tell(moving, moving).until("2027-04-20").tell(moving).to_the_end()
    assert [it.on for it in life.of(Record, "EXT-5")] == ["2027-04-01"]


@pytest.mark.parametrize(("wake", "notices", "reminders"), [("2028-04-03 09:30", 1, 1), ("2028-04-06", 1, 1)])
def test_a_notice_nobody_woke_for_leaves_late(wake: str, notices: int, reminders: int) -> None:
    life = Life(opened("2026-11-02")).oversleep("2028-04-01", wake).to_the_end()
    assert len(life.messages("EXT-1")) == notices
    assert [m.template for m in life.messages("EXT-3")].count("exit_reminder") == reminders


def test_an_end_nobody_woke_for_says_what_was_not_announced_and_closes() -> None:
    life = Life(opened("2026-11-02")).oversleep("2028-04-01", "2028-05-16").to_the_end()
    assert [m.template for m in life.messages("EXT")] == ["closed"]
    assert [on for on, _ in life.skips("EXT")] == ["2028-05-16"]
    assert life.messages()[-1].facts["can_resume"] is True


def test_a_notice_that_leaves_after_the_reminder_was_due_is_not_doubled_by_it() -> None:
    late = Life(opened("2026-11-02")).oversleep("2028-04-01", "2028-04-20").to_the_end()
    assert [m.template for m in late.messages("EXT")] == ["exit_notice", "closed"]
    enrolled_late = Life(opened("2025-06-02", at="2026-11-20")).to_the_end()
    assert [m.template for m in enrolled_late.messages("EXT")] == ["exit_notice", "closed"]


def test_a_journey_that_starts_on_its_last_day_is_welcomed_before_it_is_closed() -> None:
    life = Life(opened("2025-05-04", at="2026-11-04")).to_the_end()
    assert [message.template for message in life.messages()] == ["welcome", "closed"]


def test_a_handover_nobody_woke_for_is_due_in_the_days_ahead() -> None:
    life = Life(opened("2026-11-02")).oversleep("2028-04-20", "2028-06-05").to_the_end()
    assert [str(task.due_at.date()) for task in life.tasks("EXT-3")] == ["2028-06-12"]


def test_the_transfer_of_another_account_moves_nothing() -> None:
    life = Life(opened("2026-11-02")).tell(transferred("2027-03-01", RHONE, "2027-04-01", account="999"))
    assert life.until("2027-04-20").journey.organisation == IDF


def test_the_closing_of_another_account_closes_nothing() -> None:
    other = replace(ended("2027-03-01", CloseReason.ACCOUNT_CLOSED), account="999")
    life = Life(opened("2026-11-02")).tell(other).until("2027-04-20")
    assert life.journey.phase is Phase.ACTIVE
