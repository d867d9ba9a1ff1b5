"""What the door accepts, a journey lives with, mistyped or not."""

from __future__ import annotations

from datetime import date

from hypothesis import example, given
from hypothesis import strategies as st

from activities.inbound import Envelope, fact_of
from activities.inbound.translation import UnreadableEvent
from domain.facts import AccountOpened, Fact
from domain.forecast import forecast
from tests.domain.rules.happenings import ACCOUNT, IDF, due, instant, opened
from tests.domain.rules.life import MODEST, Life, reminded

PERIODS = st.from_regex(r"(19|20|21|22|02|99)[0-9]{2}-(0[1-9]|1[0-2]|Q[1-4])", fullmatch=True)
DAYS = st.dates(date(1990, 1, 1), date(2100, 1, 1))
CONTACT = {"name": "Léa Dupont", "email": "lea@example.org"}
OPENED = {"organisation": IDF, "account": ACCOUNT, "name": "Boulangerie", "headcount": 1, "contact": CONTACT}
OWED = {"account": ACCOUNT, "amount": "900.00"}


def accepted(kind: str, at: str, data: dict[str, object]) -> Fact | None:
    """The fact that an event is, None when the door refuses it."""
    try:
        return fact_of(Envelope(kind, kind, "552100554", instant(at), instant(at), data))
    except UnreadableEvent:
        return None


@MODEST
@given(PERIODS, DAYS)
@example("2206-01", date(2026, 12, 15))
@example("0226-01", date(2027, 6, 15))
@example("9998-12", date(2026, 12, 15))
@example("1990-01", date(2026, 12, 15))
@example("2099-Q4", date(2026, 12, 15))
@example("2099-12", date(2090, 12, 31))
def test_a_due_date_of_any_year_stops_no_journey(period: str, on: date) -> None:
    life = Life(opened("2026-11-02"))
    if typed := accepted("contribution.due", "2026-11-20", OWED | {"period": period, "due_on": on.isoformat()}):
        life.tell(typed)
    life.tell(due("2026-12-21", "2026-12", "2027-01-15", "900"))
    assert "REM-2" in {it.effect.rule for it in forecast(life.journey, life.now, life.rulebook)}
    assert ("2027-01-12", "2027-01-15") in reminded(life.until("2027-01-13"))
    assert life.to_the_end().is_closed


@MODEST
@given(DAYS)
@example(date(1990, 1, 1))
@example(date(2090, 12, 31))
@example(date(2099, 8, 1))
@example(date(2100, 1, 1))
def test_an_account_opened_on_any_day_is_lived_with_to_its_end(on: date) -> None:
    opening = accepted("account.opened", "2026-11-02", OPENED | {"opened_on": on.isoformat()})
    if isinstance(opening, AccountOpened):
        assert Life(opening).to_the_end().wake_at is None
