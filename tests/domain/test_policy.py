from dataclasses import replace
from datetime import date, time
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.policies import load_policies
from domain.policy import PolicyError, difference, parse_policy

FOLDER = Path(__file__).parents[2] / "policies"
NATIONAL = (FOLDER / "national.toml").read_text(encoding="utf-8")
IDENTITY = """
name = "Urssaf d'essai"
address = "1 rue de l'Essai, 75000 Paris"
phone = "01 99 00 00 01"
email = "essai@urssaf.example"
"""


def refusal(lines: str, national: str = NATIONAL) -> PolicyError:
    with pytest.raises(PolicyError) as caught:
        parse_policy(national, IDENTITY + lines, "urssaf-essai")
    return caught.value


def test_the_national_policy_holds_the_numbers_of_the_rules() -> None:
    policy = parse_policy(NATIONAL)
    assert (policy.journey_months, policy.max_journey_months, policy.extension_months) == (18, 36, 6)
    assert (policy.reminder_lead_days, policy.plan_answer_hours, policy.followup_days) == (3, 72, (7, 15, 25))
    assert (policy.opens, policy.closes) == (time(8, 30), time(18, 30))
    assert (policy.small_sum, policy.plan_accept_max_amount) == (Decimal(10), Decimal(5000))


def test_an_organisation_that_changes_nothing_has_the_national_values() -> None:
    assert difference(parse_policy(NATIONAL), parse_policy(NATIONAL, IDENTITY, "urssaf-essai")) == []


def test_a_policy_knows_its_calendar() -> None:
    calendar = parse_policy(NATIONAL, IDENTITY + 'zone = "Indian/Reunion"\nterritory = "reunion"').calendar
    assert not calendar.is_working_day(date(2027, 12, 20))
    assert calendar.at(date(2026, 7, 1), calendar.opens).isoformat() == "2026-07-01T08:30:00+04:00"


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("reminder_lead_days = 2", "REM-2"),
        ("plan_answer_hours = 73", "PLN-4"),
        ("followup_days = [7, 16, 25]", "INC-5"),
        ("max_journey_months = 48", "EXT-2"),
        ("tese_headcount = 10", "ENR-4"),
        ("opens = 07:00:00", "COM-2"),
        ("closes = 20:00:00", "COM-2"),
        ("small_sum = 20", "INC-9"),
        ("plan_accept_max_amount = 5000.01", "PLN-4"),
    ],
)
def test_a_promise_below_the_national_floor_is_refused(line: str, rule: str) -> None:
    error = refusal(line)
    assert (error.organisation, error.parameter, error.rule) == ("urssaf-essai", line.split()[0], rule)
    assert "national floor" in error.problem


@pytest.mark.parametrize(
    "line",
    [
        "reminder_lead_days = 5",
        "followup_days = [5, 15, 20]",
        "max_extensions = 4",
        "opens = 09:00:00",
        "small_sum = 0",
        "plan_accept_max_amount = 1250.50",
        'plan_breach = "accept"',
        "tese_headcount = 20",
    ],
)
def test_a_promise_above_the_floor_is_accepted(line: str) -> None:
    assert parse_policy(NATIONAL, IDENTITY + line, "urssaf-essai").name == "Urssaf d'essai"


@given(st.integers(1, 200), st.integers(1, 200))
def test_whatever_is_accepted_promises_no_less(lead_days: int, appointment_days: int) -> None:
    lines = f"reminder_lead_days = {lead_days}\npriority_appointment_working_days = {appointment_days}"
    try:
        policy = parse_policy(NATIONAL, IDENTITY + lines, "urssaf-essai")
    except PolicyError:
        assert lead_days < 3 or appointment_days > 8
    else:
        assert policy.reminder_lead_days >= 3
        assert policy.priority_appointment_working_days <= 8


def test_a_refusal_says_what_the_value_and_the_floor_are_and_what_to_do() -> None:
    assert str(refusal("reminder_lead_days = 2")) == (
        "policy urssaf-essai, reminder_lead_days (REM-2): 2 does not meet the national floor, 3. "
        "You may only raise that value: correct it or remove the line."
    )


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('reminder_lead_days = "5"', "whole number"),
        ("reminder_lead_days = true", "whole number"),
        ("reminder_lead_days = 5.0", "whole number"),
        ("max_extensions = 0", "whole number"),
        ("small_sum = nan", "amount"),
        ("small_sum = -1", "amount"),
        ('opens = "09:00"', "local time"),
        ("followup_days = [7, 15]", "three growing"),
        ("followup_days = [7, 7, 25]", "three growing"),
        ('plan_breach = "forget"', '"escalate", "accept"'),
        ('zone = ""', "text"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused_with_the_right_one(line: str, expected: str) -> None:
    assert expected in refusal(line).remedy


def test_a_misspelt_parameter_is_refused_with_the_nearest_name() -> None:
    assert "reminder_lead_days" in refusal("reminder_led_days = 5").remedy


def test_a_file_that_is_not_toml_is_refused_with_the_line() -> None:
    assert "line 6" in refusal("reminder_lead_days =\ncall_months = 6").problem


def test_a_number_missing_from_the_national_file_is_named() -> None:
    error = refusal("", NATIONAL.replace("hold_days = 30", ""))
    assert (error.organisation, error.parameter, error.problem) == ("national", "hold_days", "missing")


def test_an_organisation_must_say_who_it_is() -> None:
    with pytest.raises(PolicyError, match=r"phone.*missing"):
        parse_policy(NATIONAL, IDENTITY.replace('phone = "01 99 00 00 01"', ""), "urssaf-essai")


@pytest.mark.parametrize(
    ("line", "parameter"),
    [
        ("plan_answer_hours = 60", "plan_warn_supervisor_hours"),
        ("plan_answer_hours = 48\nplan_warn_supervisor_hours = 42", "plan_warn_referent_hours"),
        ("confirm_task_days = 10", "confirm_reminder_days"),
        ("opens = 18:00:00\ncloses = 09:00:00", "opens"),
        ("exit_reminder_days = 28", "exit_reminder_days"),
        ("notice_months = 6", "notice_months"),
        ('zone = "Europe/Lutece"', "zone"),
        ('zone = "../secret"', "zone"),
        ('territory = "corse"', "territory"),
    ],
)
def test_values_that_do_not_agree_are_refused(line: str, parameter: str) -> None:
    assert refusal(line).parameter == parameter


def test_a_version_changes_with_what_decides_and_not_with_a_telephone_number() -> None:
    policy = parse_policy(NATIONAL, IDENTITY, "urssaf-essai")
    assert replace(policy, phone="01 99 00 00 02").version == policy.version
    assert replace(policy, reminder_lead_days=5).version != policy.version
    assert parse_policy(NATIONAL, IDENTITY + "small_sum = 10.00", "urssaf-essai").version == policy.version


def test_the_organisations_shipped_here_differ_where_they_say() -> None:
    policies = load_policies(FOLDER)
    assert list(policies) == ["urssaf-idf", "urssaf-rhone-alpes"]
    changed = difference(policies["urssaf-idf"], policies["urssaf-rhone-alpes"])
    assert ("reminder_lead_days", "REM-2", 3, 5) in changed
    assert ("plan_breach", "PLN-4", "escalate", "accept") in changed


def test_a_folder_without_a_national_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"national\.toml"):
        load_policies(tmp_path)


def test_a_folder_without_an_organisation_is_refused(tmp_path: Path) -> None:
    (tmp_path / "national.toml").write_text(NATIONAL, encoding="utf-8")
    with pytest.raises(PolicyError, match="no organisation"):
        load_policies(tmp_path)


def test_a_file_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "national.toml").write_text(NATIONAL, encoding="utf-8")
    (tmp_path / "urssaf-essai.toml").write_text(IDENTITY + "# à", encoding="latin-1")
    with pytest.raises(PolicyError, match="urssaf-essai"):
        load_policies(tmp_path)
