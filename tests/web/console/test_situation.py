"""The sentence at the top of a call sheet names what presses most."""

from __future__ import annotations

from domain.rules.arrears import left_to_pay
from domain.words import euros
from tests.domain.rules.happenings import due
from tests.domain.rules.incident_life import detected, served, young
from tests.domain.rules.life import Life
from tests.domain.rules.planning import ask, decide, firm
from web.console.situation import situation


def said(life: Life) -> str:
    return situation(life.journey, life.rulebook.world(life.journey, life.now))


def test_a_debt_under_a_formal_notice_is_a_difficulty() -> None:
    life = young().tell(detected(), served("2026-12-01", "2027-01-01"))
    (incident,) = life.journey.incidents.values()
    assert "Incident en cours" in said(life)
    assert "recouvrement forcé" in said(life)
    assert euros(left_to_pay(life.journey, incident) or 0) in said(life)


def test_of_two_requests_the_one_that_awaits_our_answer_speaks() -> None:
    life = firm().tell(due("2026-12-02", "2026-12", "2027-01-15", "900"))
    ask(life, "2026-12-03")
    decide(life, "2026-12-04", "counter", [("2026-12-15", "450"), ("2027-01-15", "450")])
    ask(life, "2026-12-05", [("2027-02-15", "450"), ("2027-03-15", "450")], "2026-12")
    assert "réponse promise avant le" in said(life)


def test_other_incidents_are_counted_in_french() -> None:
    life = young().tell(detected())
    assert "autre" not in said(life)
    life.tell(detected(period="2026-11"))
    assert said(life).endswith(" ; un autre incident en cours.")
    life.tell(detected(period="2026-12"))
    assert said(life).endswith(" ; 2 autres incidents en cours.")
