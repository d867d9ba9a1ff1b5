import pytest

from domain.state import CloseReason, Phase
from tests.domain.rules.happenings import ended, opened
from tests.domain.rules.life import Life


def test_three_extensions_lead_to_thirty_six_months_and_a_fourth_is_refused() -> None:
    life = Life(opened("2026-08-31"))
    replies = [life.extend(at) for at in ("2028-02-10", "2028-08-10", "2029-02-10", "2029-08-10")]
    assert [reply.data.get("ends_on") for reply in replies] == ["2028-08-31", "2029-02-28", "2029-08-31", None]
    assert (replies[-1].status, replies[-1].rule) == (409, "EXT-2")
    assert life.to_the_end().closed_on == "2029-08-31"


def test_each_end_has_its_notice_and_the_last_has_no_offer() -> None:
    life = Life(opened("2026-11-02"))
    for at in ("2028-04-10", "2028-10-10", "2029-04-10"):
        life.extend(at)
    life.to_the_end()
    assert life.days("EXT-1") == ["2028-04-03", "2028-10-02", "2029-04-03", "2029-10-02"]
    assert [message.facts["can_extend"] for message in life.messages("EXT-1")] == [True, True, True, False]
    assert [message.template for message in life.messages("EXT-3")] == ["closed"]


def test_an_extension_is_confirmed_at_once_even_at_night() -> None:
    life = Life(opened("2026-11-02"))
    life.extend("2028-04-22 23:10")
    (confirmation,) = life.messages("EXT-2")
    assert (confirmation.immediate, confirmation.facts["remaining"]) == (True, 2)
    assert life.journey.phase is Phase.ACTIVE


def test_an_extension_before_the_reminder_spares_it() -> None:
    life = Life(opened("2026-11-02"))
    life.extend("2028-04-10")
    assert "2028-04-18" not in life.until("2028-06-01").days("EXT-3")


def test_an_extension_before_the_notice_is_refused_with_its_day() -> None:
    reply = Life(opened("2026-11-02")).extend("2028-03-20")
    assert (reply.status, reply.rule) == (409, "EXT-2")
    assert "02/04/2028" in reply.detail


def test_a_candidate_has_nothing_to_extend() -> None:
    assert Life(opened("2026-11-02", headcount=0)).extend("2026-11-03").rule == "ENR-1"


def test_the_same_request_twice_gets_the_same_answer_and_one_extension() -> None:
    life = Life(opened("2026-11-02"))
    first, second = life.extend("2028-04-20", "once"), life.extend("2028-10-20", "once")
    assert first == second
    assert (life.journey.extensions, len(life.messages("EXT-2"))) == (1, 1)


def test_two_requests_the_same_day_extend_once() -> None:
    life = Life(opened("2026-11-02"))
    assert [life.extend("2028-04-20").status, life.extend("2028-04-20 10:01").status] == [201, 409]


def test_an_enterprise_that_comes_back_resumes_for_six_months_with_its_referent() -> None:
    life = Life(opened("2026-11-02")).to_the_end()
    reply = life.extend("2028-07-31")
    assert (reply.status, reply.data) == (201, {"ends_on": "2029-01-31", "extensions": 1})
    assert (life.journey.phase, life.journey.referent) == (Phase.ACTIVE, "alice.martin")
    assert life.to_the_end().closed_on == "2029-01-31"
    assert life.days("ENR-4") == ["2026-11-02"]


def test_due_dates_gone_by_before_the_return_are_not_chased() -> None:
    life = Life(opened("2026-11-02")).to_the_end()
    life.extend("2028-07-31")
    life.until("2028-09-30")
    assert not life.skips("REM-2")
    assert life.days("REM-2")[-2:] == ["2028-08-11", "2028-09-12"]


def test_a_return_never_passes_thirty_six_months() -> None:
    life = Life(opened("2026-11-02")).to_the_end()
    assert life.extend("2029-09-03").data["ends_on"] == "2029-11-02"
    assert [message.facts["can_extend"] for message in life.to_the_end().messages("EXT-1")] == [True, False]


def test_past_thirty_six_months_it_is_told_where_to_turn() -> None:
    reply = Life(opened("2026-11-02")).to_the_end().extend("2029-11-02")
    assert (reply.status, reply.rule) == (409, "EXT-4")
    assert "Urssaf Île-de-France" in reply.detail


@pytest.mark.parametrize("reason", [CloseReason.ACCOUNT_CLOSED, CloseReason.PROCEDURE])
def test_a_closed_account_does_not_resume(reason: CloseReason) -> None:
    life = Life(opened("2026-11-02")).tell(ended("2027-03-01", reason))
    assert life.extend("2027-04-01").rule == "EXT-4"


def test_an_enterprise_that_declined_may_come_back_and_is_followed_to_the_end_it_had() -> None:
    life = Life(opened("2026-11-02")).tell(ended("2027-03-01", CloseReason.DECLINED))
    assert life.extend("2027-04-01").data["ends_on"] == "2028-05-02"
    assert life.to_the_end().closed_on == "2028-05-02"


def test_an_account_that_closed_after_the_journey_does_not_resume() -> None:
    life = Life(opened("2026-11-02")).to_the_end().tell(ended("2028-06-01", CloseReason.ACCOUNT_CLOSED))
    reply = life.extend("2028-07-31")
    assert (reply.status, reply.rule, life.is_closed) == (409, "EXT-4", True)
    assert "compte fermé" in reply.detail


def test_declining_a_journey_already_closed_does_not_undo_a_later_return() -> None:
    life = Life(opened("2026-11-02")).to_the_end().tell(ended("2028-06-01", CloseReason.DECLINED))
    assert life.extend("2028-07-31").status == 201
    assert life.journey.is_open


def test_the_last_notice_of_a_return_is_counted_from_the_opening() -> None:
    life = Life(opened("2028-02-29")).to_the_end()
    assert life.extend("2030-10-01").data["ends_on"] == "2031-02-28"
    assert life.to_the_end().sent("EXT-1")[-1] == ("2031-01-29", "exit-notice:2031-02-28")
