from datetime import date

from domain.duty import AgentLoad
from domain.effects import Queue
from domain.facts import AgentsAvailable, ReferentLeaving
from domain.rulebook import NOBODY
from domain.rules.referent import lightest, portfolio_weight
from domain.state import CloseReason
from tests.domain.rules.happenings import IDF, RHONE, ended, instant, opened, stamp, transferred
from tests.domain.rules.life import AGENTS, Life


def leaving(at: str, agent: str, reason: str = "departure") -> ReferentLeaving:
    return ReferentLeaving(**stamp(at), agent=agent, reason=reason)


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
    (told,) = life.messages("ENR-3")
    assert told.facts == {"former_agent": "alice.martin", "reason": "departure"}


def test_the_departure_of_another_agent_changes_nothing() -> None:
    life = Life(opened("2026-11-02")).tell(leaving("2026-12-01", "bruno.petit"))
    assert (life.journey.referent, life.messages("ENR-3")) == ("alice.martin", [])


def test_two_departures_are_two_announcements() -> None:
    life = Life(opened("2026-11-02"))
    life.tell(leaving("2026-12-01", "alice.martin"), leaving("2027-02-01", "bruno.petit"))
    assert life.days("ENR-3") == ["2026-12-01", "2027-02-01"]


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
    assert life.days("ENR-3") == ["2026-11-20"]


def test_a_referent_replaced_only_later_is_announced_with_the_name_of_the_one_before() -> None:
    life = Life(opened("2026-11-02"))
    life.roster = NOBODY
    life.tell(leaving("2026-12-01", "alice.martin"))
    life.roster = AGENTS
    life.tell(AgentsAvailable(**stamp("2026-12-10")))
    assert [message.facts["former_agent"] for message in life.messages("ENR-3")] == ["alice.martin"]


def test_trained_agents_leave_a_journey_that_has_a_referent_alone() -> None:
    life = Life(opened("2026-11-02")).tell(AgentsAvailable(**stamp("2026-11-20")))
    assert life.journey.referent == "alice.martin"
    assert not life.messages("ENR-3")


def test_a_referent_who_leaves_at_night_is_replaced_at_the_opening_and_wakes_nobody_before() -> None:
    life = Life(opened("2026-11-02")).tell(leaving("2026-12-01 22:00", "alice.martin"))
    assert life.wake_at == instant("2026-12-02 08:30")
    assert life.until("2026-12-02").days("ENR-3") == ["2026-12-02"]


def test_a_journey_transferred_once_closed_resumes_with_an_agent_of_its_new_organisation() -> None:
    life = Life(opened("2026-11-02")).tell(ended("2026-11-20", CloseReason.DECLINED))
    life.tell(transferred("2026-11-23", RHONE, "2026-11-24")).until("2026-11-26")
    assert (life.journey.organisation, life.journey.referent) == (RHONE, None)
    life.extend("2026-11-27")
    assert life.journey.referent == "chloe.durand"
    assert [message.facts for message in life.messages("ENR-3")] == [
        {"former_agent": "alice.martin", "reason": "transfer"}
    ]


def test_between_two_organisations_no_agent_of_the_former_is_the_referent() -> None:
    life = Life(opened("2026-11-02")).tell(transferred("2026-11-23", RHONE, "2026-11-24")).until("2026-11-24 08:00")
    life.tell(AgentsAvailable(**stamp("2026-11-24 08:10")))
    assert (life.journey.organisation, life.journey.referent) == (RHONE, None)
    life.until("2026-11-24")
    assert [message.facts for message in life.messages("ENR-3")] == [
        {"former_agent": "alice.martin", "reason": "transfer"}
    ]


def test_a_new_organisation_without_agents_still_names_the_one_before_when_it_finds_one() -> None:
    life = Life(opened("2026-11-02"), roster={IDF: AGENTS[IDF]})
    life.tell(transferred("2026-11-23", RHONE, "2026-11-24")).until("2026-11-25")
    life.roster = AGENTS
    life.tell(AgentsAvailable(**stamp("2026-11-30")))
    assert life.journey.referent == "chloe.durand"
    assert [message.facts["former_agent"] for message in life.messages("ENR-3")] == ["alice.martin"]
