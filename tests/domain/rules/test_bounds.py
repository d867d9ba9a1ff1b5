"""What the door accepts at its bounds, a journey can live with."""

from __future__ import annotations

import pytest

from activities.inbound import Envelope, fact_of
from domain.facts import AccountOpened, Fact
from domain.forecast import forecast
from tests.domain.rules.happenings import ACCOUNT, IDF, due, instant, opened
from tests.domain.rules.life import Life, reminded

FIRST_DAY, LAST_DAY = "1990-01-01", "2090-12-31"


def received(kind: str, at: str, **data: object) -> Fact:
    """An event as the door hands it on."""
    return fact_of(Envelope(kind, kind, "552100554", instant(at), instant(at), data))


@pytest.mark.parametrize("period", ["1990-01", "1990-Q1", "2099-12", "2099-Q4"])
@pytest.mark.parametrize("on", [FIRST_DAY, "2026-12-15", "2027-06-15", LAST_DAY])
def test_a_due_date_of_a_mistyped_year_stops_no_journey(period: str, on: str) -> None:
    mistyped = received("contribution.due", "2026-11-20", account=ACCOUNT, period=period, due_on=on, amount="900")
    life = Life(opened("2026-11-02")).tell(mistyped, due("2026-12-21", "2026-12", "2027-01-15", "900"))
    assert "REM-2" in {it.effect.rule for it in forecast(life.journey, life.now, life.rulebook)}
    assert life.until("2027-01-13").journey.phase == "active"
    assert ("2027-01-12", "2027-01-15") in reminded(life)
    assert life.to_the_end().is_closed


@pytest.mark.parametrize(("on", "end"), [(FIRST_DAY, None), (LAST_DAY, "2092-06-30")])
def test_an_account_opened_at_the_bounds_is_lived_with_to_its_end(on: str, end: str | None) -> None:
    contact = {"name": "Léa Dupont", "email": "lea@example.org"}
    said = {"organisation": IDF, "account": ACCOUNT, "opened_on": on, "name": "x", "headcount": 1, "contact": contact}
    opening = received("account.opened", "2026-11-02", **said)
    assert isinstance(opening, AccountOpened)
    assert Life(opening).to_the_end().closed_on == end
