"""What agents and enterprises read in timelines, tasks and answers is written as French is."""

from __future__ import annotations

import re
from functools import cache

import pytest

from domain.cases import Stage
from domain.effects import Effect, OpenTask
from domain.rules.appointments import KINDS
from domain.rules.commitments import NAMES as PROMISES
from domain.rules.plans import PIECES
from domain.sentences import SENTENCES
from domain.state import CloseReason
from domain.words import capital, of_period, the_period
from tests.domain.rules.happenings import due, ended, headcount, opened, paid
from tests.domain.rules.incident_life import ask_for_plan, decide, detected, refund, served, young
from tests.domain.rules.life import Life
from tests.french import ELISION

CONTRACTION = re.compile(r"\b(?:à les?|de les?) [a-zé]")
ENGLISH = re.compile(
    r"\b(?:unpaid|paid|open|phone|video|in_person|on_site|priority|initial|request|held|missed|None|True)\b"
)
ACRONYM = re.compile(r"\b(?:dsn|sepa|tese|sms|naf|siren|urssaf)\b")
SPACES = re.compile(r"  | ,| \.|[^ ][:;!?](?: |$)")


def lives() -> list[Life]:
    """Lives in which nearly everything happens."""
    hard = young(headcount=8).tell(detected(kind="dsn_technical"), refund("2026-11-20"))
    plan = ask_for_plan(hard, "2026-11-20 11:00", ("2026-12-10", "500"), ("2027-01-11", "500")).data["id"]
    decide(hard, "2026-11-23", plan, "accept")
    hard.tell(headcount("2026-12-01", 12), paid("2026-12-10", "2026-10", "500"))
    hard.tell(detected("2027-02-18", period="2027-01", kind="debit_rejected"), served("2027-03-18", "2027-04-19"))
    hard.tell(served("2027-06-01", "2027-06-16", Stage.WRIT)).to_the_end()
    helped = young(accountant=True, quarterly=True).tell(detected(), detected("2026-11-19", period="2026-09"))
    quiet = Life(opened("2026-11-02")).tell(due("2026-12-01", "2026-11", "2026-12-15", "900"))
    return [hard, helped.to_the_end(), quiet.tell(ended("2027-03-01", CloseReason.DECLINED)).to_the_end()]


@cache
def lines() -> frozenset[str]:
    effects: list[Effect] = [it for life in lives() for it in (*(h.effect for h in life.happened), *life.lines)]
    guidance = [line for it in effects if isinstance(it, OpenTask) for line in it.guidance]
    return frozenset([*(it.summary for it in effects), *guidance, *SENTENCES.values()])


@pytest.mark.parametrize("fault", [ELISION, CONTRACTION, ENGLISH, ACRONYM, SPACES])
def test_no_line_breaks_a_rule_of_french(fault: re.Pattern[str]) -> None:
    assert len(lines()) > 120
    assert not sorted(line for line in lines() if fault.search(line))


def test_a_line_begins_with_a_capital_or_a_figure_and_ends_without_a_stop() -> None:
    assert not sorted(line for line in lines() - {*SENTENCES.values()} if line[0].islower() or line.endswith("."))


def test_a_period_is_said_in_words() -> None:
    assert not sorted(line for line in lines() if re.search(r"\d{4}-(?:\d\d|Q\d)\b", line))
    assert [of_period(it) for it in ("2026-10", "2026-03", "2026-Q4")] == [
        "d'octobre 2026",
        "de mars 2026",
        "du 4e trimestre 2026",
    ]
    assert (the_period("2026-08"), the_period("2026-Q1")) == ("août 2026", "le 1er trimestre 2026")


def test_an_acronym_keeps_its_capitals_at_the_head_of_a_line() -> None:
    assert capital("incident technique sur la DSN") == "Incident technique sur la DSN"


def test_the_names_put_in_sentences_are_words_a_person_says() -> None:
    names = [*(kind.label for kind in KINDS.values()), *PROMISES.values(), *PIECES.values()]
    assert not [name for name in names if "_" in name or name != name.strip()]
