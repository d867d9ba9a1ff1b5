from datetime import date
from decimal import Decimal

from activities.wording import parsed
from db.codec import jsonable
from domain.state import Channel, CloseReason
from notifications.gallery.examples import context
from notifications.rendering import render
from tests.domain.rules.happenings import due, ended, opened, paid
from tests.domain.rules.incident_life import detected
from tests.domain.rules.life import Life


def test_the_first_anniversary_brings_a_statement() -> None:
    assert Life(opened("2026-11-02")).to_the_end().sent("REG-3") == [("2027-11-02", "statement:1")]


def test_an_anniversary_on_a_day_off_is_told_on_the_next_working_day() -> None:
    assert Life(opened("2027-05-01")).to_the_end().days("REG-3") == ["2028-05-02"]


def test_an_opening_on_29_february_has_its_anniversary_on_the_28th() -> None:
    assert Life(opened("2028-02-29")).until("2029-03-10").days("REG-3") == ["2029-02-28"]


def test_an_anniversary_before_the_enrolment_is_not_told() -> None:
    assert not Life(opened("2025-10-01", at="2026-11-03")).to_the_end().messages("REG-3")


def test_a_statement_counts_what_was_due_paid_and_left() -> None:
    life = Life(opened("2026-11-02"))
    life.tell(due("2026-12-01", "2026-11", "2026-12-15", "100"), paid("2026-12-14", "2026-11", "100"))
    life.tell(due("2027-01-02", "2026-12", "2027-01-15", "200"), paid("2027-01-14", "2026-12", "50"))
    (statement,) = life.until("2027-11-03").messages("REG-3")
    assert [statement.facts[it] for it in ("due_count", "paid_count", "unknown_count")] == [11, 1, 9]
    assert (statement.facts["due_total"], statement.facts["paid_total"]) == (Decimal(300), Decimal(150))
    assert statement.facts["open_periods"] == ["décembre 2026"]


def test_a_statement_announces_the_next_three_due_dates() -> None:
    (statement,) = Life(opened("2026-11-02")).until("2027-11-03").messages("REG-3")
    dates = [item["date"] for item in statement.facts["ahead"]]
    assert dates == [date(2027, 11, 15), date(2027, 12, 15), date(2028, 1, 17)]


def test_a_journey_of_three_years_has_three_statements() -> None:
    life = Life(opened("2026-11-02"))
    assert [life.extend(at).status for at in ("2028-04-20", "2028-10-20", "2029-04-20")] == [201] * 3
    assert life.to_the_end().days("REG-3") == ["2027-11-02", "2028-11-02", "2029-11-02"]


def test_the_last_anniversary_is_told_though_the_journey_ends_on_a_day_off() -> None:
    life = Life(opened("2026-05-01"))
    for at in ("2027-10-10", "2028-04-10", "2028-10-10"):
        life.extend(at)
    assert life.to_the_end().days("REG-3")[-1] == "2029-05-02"


def test_an_early_end_has_no_statement_of_the_anniversaries_after_it() -> None:
    life = Life(opened("2026-11-02")).tell(ended("2027-06-01", CloseReason.DECLINED))
    assert not life.to_the_end().messages("REG-3")


def test_a_statement_certifies_nothing_of_due_dates_that_nobody_told_us_of() -> None:
    life = Life(opened("2026-11-02")).tell(due("2026-12-01", "2026-11", "2026-12-15", "100"))
    (statement,) = life.tell(paid("2026-12-14", "2026-11", "100")).until("2027-11-03").messages("REG-3")
    assert [statement.facts[it] for it in ("paid_count", "due_count", "unknown_count")] == [1, 11, 10]
    letter = render("yearly_statement", Channel.MAIL, context(**parsed(jsonable(statement.facts))))
    text = " ".join(letter.text.split())
    assert "connues de nous" in text
    assert "1 sur 11" in text
    assert "à jour" not in text


def test_a_period_said_unpaid_whose_amount_nobody_stated_is_left_to_settle() -> None:
    life = Life(opened("2026-10-01")).tell(detected(amount=None)).until("2027-10-02")
    (statement,) = life.messages("REG-3")
    assert statement.facts["open_periods"] == ["octobre 2026"]
