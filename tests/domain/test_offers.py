"""Services are proposed where they fit, and nowhere else (OFF-1)."""

from __future__ import annotations

from typing import Any

import pytest

from domain.offers import may_use_tese
from tests.domain.rules.happenings import IDF, opened
from tests.domain.rules.life import RULEBOOK, Life


def offered(**told: Any) -> bool:
    return may_use_tese(Life(opened("2026-11-02", **told)).journey, RULEBOOK.current[IDF])


@pytest.mark.parametrize("naf", ["5610A", "56.10A", "78.10Z", "47 61 Z", "", "88.91A"])
def test_a_small_employer_without_accountant_may_use_the_tese(naf: str) -> None:
    assert offered(naf=naf, headcount=3)


@pytest.mark.parametrize("naf", ["7820Z", "78.20Z", "78.20z", "78 20 Z", "78.30Z", "88.10A"])
def test_a_sector_whose_pay_the_tese_does_not_know_is_not_offered_it(naf: str) -> None:
    assert not offered(naf=naf, headcount=3)


def test_who_has_an_accountant_or_twenty_employees_is_not_offered_the_tese() -> None:
    assert not offered(accountant=True)
    assert not offered(headcount=20)


def test_the_welcome_and_the_preparation_of_the_first_appointment_say_the_same() -> None:
    for naf in ("56.10A", "78.20Z"):
        life = Life(opened("2026-11-02", naf=naf)).until("2026-11-04")
        [welcome] = [message for message in life.messages() if message.template == "welcome"]
        assert welcome.facts["tese"] == may_use_tese(life.journey, RULEBOOK.current[IDF])
