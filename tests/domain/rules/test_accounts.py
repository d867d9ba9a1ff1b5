"""ENR-7: once there are two accounts, every letter and task names the one it is about."""

from dataclasses import replace

from activities.wording import refreshed
from db.codec import jsonable
from tests.domain.rules.happenings import ACCOUNT, due, opened
from tests.domain.rules.incident_life import detected, unpaid
from tests.domain.rules.life import Life

OTHER = "117000000123456780"


def labels(life: Life) -> list[str]:
    """The words for the period in each letter as it leaves now."""
    facts = (refreshed(jsonable(it.facts), life.journey) for it in life.messages())
    return [it["period_label"] for it in facts if "period_label" in it]


def test_letters_name_the_account_once_there_are_two() -> None:
    life = Life(opened("2026-10-01")).tell(detected(), detected(account=OTHER)).until("2026-12-20")
    assert {it.rpartition(" ")[2] for it in labels(life)} == {ACCOUNT, OTHER}


def test_the_tasks_name_it_too() -> None:
    second = replace(opened("2026-10-05"), account=OTHER)
    life = Life(opened("2026-10-01")).tell(second, detected(), detected(account=OTHER))
    assert [it.summary.rpartition(" ")[2] for it in life.tasks("INC-3")] == [ACCOUNT, OTHER]


def test_a_second_account_opened_is_enough_to_name_the_first() -> None:
    life = Life(opened("2026-10-01")).tell(replace(opened("2026-10-05"), account=OTHER))
    life.tell(due("2026-11-10", "2026-10", "2026-11-16", "900")).until("2026-11-14")
    assert labels(life) == [f"octobre 2026, compte {ACCOUNT}"]


def test_one_account_is_not_named() -> None:
    said = labels(unpaid())
    assert said
    assert all("compte" not in it for it in said)
