from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.absorption import absorb
from domain.duty import AgentLoad
from domain.effects import Queue, SendMessage
from domain.facts import AgentsAvailable, ReferentLeaving
from domain.rulebook import NOBODY
from domain.rules.referent import lightest, portfolio_weight
from domain.state import CloseReason
from tests.domain.rules.happenings import IDF, RHONE, ended, instant, opened, stamp, transferred
from tests.domain.rules.life import AGENTS, MODEST, Life


def leaving(at: str, agent: str, reason: str = "departure", to: str | None = None) -> ReferentLeaving:
    return ReferentLeaving(**stamp(at), agent=agent, reason=reason, to=to)


def test_the_agent_with_the_smallest_portfolio_becomes_the_referent() -> None:
    assert Life(opened("2026-11-02")).journey.referent == "alice.martin"


def test_agents_equally_loaded_are_taken_by_name() -> None:
    assert lightest([AgentLoad("b", 3), AgentLoad("a", 3), AgentLoad("c", 4)]) == "a"


def test_an_enterprise_without_accountant_weighs_three_times_as_much() -> None:
    alone, helped = Life(opened("2026-11-02")), Life(opened("2026-11-02", accountant=True))
    policy = alone.rulebook.current[IDF]
    assert portfolio_weight(alone.journey, policy) == 3
    assert portfolio_weight(helped.journey, policy) == 1
    assert portfolio_weight(alone.to_the_end().journey, policy) == 0


def test_the_first_referent_is_not_announced_as_a_change() -> None:
    assert not Life(opened("2026-11-02")).messages("ENR-3")


def test_a_referent_who_leaves_is_replaced_and_the_enterprise_is_told() -> None:
    life = Life(opened("2026-11-02")).tell(leaving("2026-12-01", "alice.martin"))
    assert life.journey.referent == "bruno.petit"
    (told,) = life.until("2026-12-01 10:15").messages("ENR-3")
    assert told.facts == {"former_agent": "alice.martin", "reason": "departure"}


def test_the_departure_of_another_agent_changes_nothing() -> None:
    life = Life(opened("2026-11-02")).tell(leaving("2026-12-01", "bruno.petit"))
    assert (life.journey.referent, life.messages("ENR-3")) == ("alice.martin", [])


def test_two_departures_are_two_announcements() -> None:
    life = Life(opened("2026-11-02"))
    life.tell(leaving("2026-12-01", "alice.martin"), leaving("2027-02-01", "bruno.petit"))
    assert life.until("2027-02-02").days("ENR-3") == ["2026-12-01", "2027-02-01"]


def test_without_any_trained_agent_the_journey_starts_and_the_supervisor_gets_a_task() -> None:
    life = Life(opened("2026-11-02"), roster=NOBODY)
    assert life.days("ENR-4") == ["2026-11-02"]
    (task,) = life.tasks("ENR-3")
    assert (task.queue, task.due_at.date()) == (Queue.SUPERVISOR, date(2026, 11, 4))


def test_the_first_trained_agent_becomes_the_referent_of_a_journey_that_has_none() -> None:
    life = Life(opened("2026-11-02"), roster=NOBODY)
    life.roster = AGENTS
    life.tell(AgentsAvailable(**stamp("2026-11-20")))
    assert life.journey.referent == "alice.martin"
    assert life.until("2026-11-21").days("ENR-3") == ["2026-11-20"]


def test_a_referent_replaced_only_later_is_announced_with_the_name_of_the_one_before() -> None:
    life = Life(opened("2026-11-02"))
    life.roster = NOBODY
    life.tell(leaving("2026-12-01", "alice.martin"))
    life.roster = {IDF: AGENTS[IDF][1:]}
    life.tell(AgentsAvailable(**stamp("2026-12-10"))).until("2026-12-11")
    assert [message.facts["former_agent"] for message in life.messages("ENR-3")] == ["alice.martin"]


def test_trained_agents_leave_a_journey_that_has_a_referent_alone() -> None:
    life = Life(opened("2026-11-02")).tell(AgentsAvailable(**stamp("2026-11-20")))
    assert life.journey.referent == "alice.martin"
    assert not life.messages("ENR-3")


def test_a_referent_who_leaves_at_night_is_replaced_at_once_and_the_enterprise_is_told_at_the_opening() -> None:
    life = Life(opened("2026-11-02")).tell(leaving("2026-12-01 22:00", "alice.martin"))
    assert life.journey.referent == "bruno.petit"
    assert life.wake_at == instant("2026-12-02 08:30")
    assert life.until("2026-12-02").days("ENR-3") == ["2026-12-02"]


def test_a_change_is_announced_once_it_has_lasted_a_quarter_of_an_hour() -> None:
    life = Life(opened("2026-11-02")).tell(leaving("2026-12-01", "alice.martin"))
    assert life.wake_at == instant("2026-12-01 10:15")
    assert not life.until("2026-12-01 10:14").messages("ENR-3")
    assert [it.at for it in life.until("2026-12-02").of(SendMessage, "ENR-3")] == [instant("2026-12-01 10:15")]


def test_two_changes_within_a_quarter_of_an_hour_are_told_once_from_whom_was_known_to_who_follows() -> None:
    life = Life(opened("2026-11-02"), roster={IDF: (*AGENTS[IDF], AgentLoad("dora", 20))})
    life.tell(leaving("2026-12-01 10:00", "alice.martin", "absence"))
    life.tell(leaving("2026-12-01 10:10", "bruno.petit", "reorganisation", to="dora"))
    assert life.journey.referent == "dora"
    assert [it.at for it in life.until("2026-12-02").of(SendMessage, "ENR-3")] == [instant("2026-12-01 10:25")]
    assert [it.facts for it in life.messages("ENR-3")] == [{"former_agent": "alice.martin", "reason": "reorganisation"}]


@given(st.lists(st.integers(0, 40), min_size=1, max_size=6))
@MODEST
def test_whatever_the_changes_an_enterprise_is_told_of_those_that_last_and_of_no_other(gaps: list[int]) -> None:
    life, known, told = Life(opened("2026-11-02")), "alice.martin", []
    moment = instant("2026-12-01 09:00")
    for gap, following in zip(gaps, [*gaps[1:], 60], strict=True):
        moment += timedelta(minutes=gap)
        before = str(life.journey.referent)
        life.tell(leaving(f"{moment:%Y-%m-%d %H:%M}", before))
        if following >= 15 and life.journey.referent != known:
            told.append(known)
            known = str(life.journey.referent)
    life.until("2026-12-02")
    assert [it.facts["former_agent"] for it in life.messages("ENR-3")] == told


def test_an_enterprise_given_back_within_a_quarter_of_an_hour_is_told_nothing() -> None:
    life = Life(opened("2026-11-02")).tell(leaving("2026-12-01 10:00", "alice.martin"))
    life.tell(leaving("2026-12-01 10:14", "bruno.petit")).until("2026-12-02")
    assert (life.journey.referent, life.messages("ENR-3")) == ("alice.martin", [])


def test_an_enterprise_given_back_once_it_was_told_is_told_again() -> None:
    life = Life(opened("2026-11-02")).tell(leaving("2026-12-01 10:00", "alice.martin"))
    life.tell(leaving("2026-12-01 10:16", "bruno.petit")).until("2026-12-02")
    assert [it.facts["former_agent"] for it in life.messages("ENR-3")] == ["alice.martin", "bruno.petit"]


def test_a_hand_over_taken_back_gives_the_enterprise_to_who_followed_it_present_or_not_and_tells_nothing() -> None:
    life = Life(opened("2026-11-02")).tell(leaving("2026-12-01 10:00", "alice.martin", "absence"))
    life.roster = {IDF: AGENTS[IDF][1:]}
    life.tell(leaving("2026-12-01 10:14", "alice.martin", "undone")).until("2026-12-02")
    assert (life.journey.referent, life.messages("ENR-3")) == ("alice.martin", [])


def test_a_hand_over_taken_back_twice_is_taken_back_once() -> None:
    life = Life(opened("2026-11-02")).tell(leaving("2026-12-01 10:00", "alice.martin"))
    for minute in (5, 6):
        life.tell(leaving(f"2026-12-01 10:0{minute}", "alice.martin", "undone"))
    assert (life.journey.referent, life.journey.referent_changes) == ("alice.martin", 2)


def test_a_hand_over_taken_back_before_it_was_carried_out_never_is() -> None:
    life = Life(opened("2026-11-02")).until("2026-12-01 09:59")
    for fact in (leaving("2026-12-01", "alice.martin"), leaving("2026-12-01", "alice.martin", "undone")):
        life.journey, _ = absorb(fact, life.journey)
    life.take_step()
    assert (life.journey.referent, life.until("2026-12-02").messages("ENR-3")) == ("alice.martin", [])


def test_while_nobody_follows_an_enterprise_no_change_is_announced() -> None:
    life = Life(opened("2026-11-02")).tell(leaving("2026-12-01 10:00", "alice.martin"))
    life.roster = NOBODY
    life.tell(leaving("2026-12-01 10:05", "bruno.petit")).until("2026-12-02")
    assert (life.journey.referent, life.messages("ENR-3")) == (None, [])
    life.roster = AGENTS
    life.tell(AgentsAvailable(**stamp("2026-12-03"))).until("2026-12-04")
    assert (life.journey.referent, life.messages("ENR-3")) == ("alice.martin", [])


def test_a_journey_transferred_once_closed_resumes_with_an_agent_of_its_new_organisation() -> None:
    life = Life(opened("2026-11-02")).tell(ended("2026-11-20", CloseReason.DECLINED))
    life.tell(transferred("2026-11-23", RHONE, "2026-11-24")).until("2026-11-26")
    assert (life.journey.organisation, life.journey.referent) == (RHONE, None)
    life.extend("2026-11-27")
    life.until("2026-11-28")
    assert life.journey.referent == "chloe.durand"
    assert [message.facts for message in life.messages("ENR-3")] == [
        {"former_agent": "alice.martin", "reason": "transfer"}
    ]


def test_from_the_first_minute_in_its_new_organisation_one_of_its_agents_is_the_referent() -> None:
    life = Life(opened("2026-11-02")).tell(transferred("2026-11-23", RHONE, "2026-11-24")).until("2026-11-24 00:00")
    assert (life.journey.organisation, life.journey.referent) == (RHONE, "chloe.durand")
    life.tell(AgentsAvailable(**stamp("2026-11-24 08:10"))).until("2026-11-24")
    assert [message.facts for message in life.messages("ENR-3")] == [
        {"former_agent": "alice.martin", "reason": "transfer"}
    ]


def test_a_change_just_after_a_transfer_is_announced_with_it() -> None:
    roster = {IDF: AGENTS[IDF], RHONE: (*AGENTS[RHONE], AgentLoad("dora", 9))}
    life = Life(opened("2026-11-02"), roster=roster)
    life.tell(transferred("2026-11-23", RHONE, "2026-11-24"), leaving("2026-11-24 08:10", "chloe.durand"))
    life.until("2026-11-25")
    assert life.journey.referent == "dora"
    assert [message.facts for message in life.messages("ENR-3")] == [
        {"former_agent": "alice.martin", "reason": "transfer"}
    ]


def test_a_new_organisation_without_agents_still_names_the_one_before_when_it_finds_one() -> None:
    life = Life(opened("2026-11-02"), roster={IDF: AGENTS[IDF]})
    life.tell(transferred("2026-11-23", RHONE, "2026-11-24")).until("2026-11-25")
    life.roster = AGENTS
    life.tell(AgentsAvailable(**stamp("2026-11-30"))).until("2026-12-01")
    assert life.journey.referent == "chloe.durand"
    assert [message.facts["former_agent"] for message in life.messages("ENR-3")] == ["alice.martin"]
