from datetime import date, timedelta
from pathlib import Path

import pytest

from domain.effects import Record
from domain.policy import parse_policy
from domain.rulebook import Rulebook
from domain.rules.policy import next_month_start
from domain.state import Journey
from tests.domain.rules.happenings import IDF, RHONE, opened, transferred
from tests.domain.rules.life import POLICIES, Life

FOLDER = Path(__file__).parents[3] / "policies"
NATIONAL, OWN = ((FOLDER / f"{name}.toml").read_text(encoding="utf-8") for name in ("national", IDF))
OLD = POLICIES[IDF]
NEW = parse_policy(NATIONAL, OWN + "reminder_lead_days = 6\n", IDF)
CHANGED = Rulebook({IDF: NEW}, {(IDF, policy.version): policy for policy in (OLD, NEW)})


def adopted(life: Life) -> list[str]:
    return [it.on for it in life.of(Record, "POL-2")]


def test_a_new_policy_waits_for_the_journey_s_next_month() -> None:
    life = Life(opened("2026-11-12")).until("2026-12-05")
    life.rulebook = CHANGED
    life.until("2027-01-20")
    assert adopted(life) == ["2026-12-12"]
    assert life.days("REM-2") == ["2026-12-11", "2027-01-08"]


def test_what_was_announced_is_not_timed_again() -> None:
    life = Life(opened("2026-11-14")).until("2026-12-08 12:00")
    life.rulebook = CHANGED
    assert life.until("2026-12-20").days("REM-2") == ["2026-12-11"]


def test_a_month_that_began_while_the_journey_slept_is_not_the_next_one() -> None:
    life = Life(opened("2026-11-02", accountant=True)).until("2026-12-03")
    assert life.journey.last_step_at is not None
    assert str(life.journey.last_step_at.date()) < "2026-12-02"
    life.rulebook = CHANGED
    life.take_step()
    life.until("2027-01-31")
    assert adopted(life) == ["2027-01-02"]
    assert life.days("REM-2") == ["2026-12-11", "2027-01-08"]


def test_a_policy_that_is_seen_again_waits_again() -> None:
    life = Life(opened("2026-11-12")).until("2026-12-05")
    life.rulebook = CHANGED
    life.take_step()
    life.rulebook = Rulebook.of(POLICIES)
    life.until("2027-01-05").take_step()
    life.rulebook = CHANGED
    life.take_step()
    assert adopted(life.until("2027-02-20")) == ["2027-01-12"]


def test_a_policy_that_comes_back_before_the_month_ends_is_never_left() -> None:
    life = Life(opened("2026-11-12")).until("2026-12-05")
    life.rulebook = CHANGED
    life.take_step()
    life.rulebook = Rulebook.of(POLICIES)
    assert adopted(life.until("2027-01-20")) == []


def test_a_journey_starts_under_the_policy_in_force() -> None:
    assert Life(opened("2026-11-12"), rulebook=CHANGED).journey.policy_version == NEW.version


def test_a_version_nobody_knows_any_more_gives_way_to_the_one_in_force() -> None:
    life = Life(opened("2026-11-12")).until("2026-12-05")
    life.rulebook = Rulebook.of({IDF: NEW})
    assert life.rulebook.world(life.journey, life.now).policy == NEW
    assert life.until("2026-12-20").days("REM-2") == ["2026-12-11"]


def test_a_transfer_takes_the_other_policy_without_a_change_of_version_to_announce() -> None:
    life = Life(opened("2026-11-12")).tell(transferred("2027-01-20", RHONE, "2027-02-12")).until("2027-04-30")
    assert life.journey.policy_version == POLICIES[RHONE].version
    assert adopted(life) == []


@pytest.mark.parametrize(
    ("opened_on", "after", "start"),
    [
        ("2026-08-31", "2027-02-10", "2027-02-28"),
        ("2026-08-31", "2027-02-28", "2027-03-31"),
        ("2028-02-29", "2028-03-28", "2028-03-29"),
        ("2026-11-12", "2026-12-12", "2027-01-12"),
    ],
)
def test_months_begin_on_the_day_of_the_opening(opened_on: str, after: str, start: str) -> None:
    opening = opened(opened_on)
    journey = Journey(opening.siren, IDF, opening.account, opening.opened_on, announced_at=opening.at)
    assert str(next_month_start(journey, date.fromisoformat(after))) == start
    assert next_month_start(journey, date.fromisoformat(start) - timedelta(days=1)) == date.fromisoformat(start)
