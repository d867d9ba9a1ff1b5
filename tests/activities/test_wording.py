from decimal import Decimal

from activities.wording import parsed, refreshed
from tests.domain.rules.happenings import paid
from tests.domain.rules.incident_life import PERIOD, incident, unpaid


def test_a_letter_about_an_incident_says_what_is_left_at_the_second_it_leaves() -> None:
    life = unpaid()
    (message,) = life.messages("INC-2")
    life.tell(paid("2026-11-18 11:00", PERIOD, "400"))
    assert refreshed(message.facts, life.journey)["amount"] == Decimal(600)


def test_dates_and_amounts_of_stored_facts_are_values_again() -> None:
    life = unpaid()
    stored = {"was_due_on": "2026-11-16", "served_amount": "1050.00", "incident": incident(life).id}
    read = parsed(stored)
    assert (read["was_due_on"].isoformat(), read["served_amount"]) == ("2026-11-16", Decimal("1050.00"))
