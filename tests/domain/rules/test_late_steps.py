import pytest

from tests.domain.rules.happenings import instant, opened
from tests.domain.rules.life import Life


@pytest.mark.parametrize(
    ("wake", "reminders"),
    [
        ("2026-12-11 15:00", 1),
        ("2026-12-12 10:00", 1),
        ("2026-12-15 09:00", 1),
        ("2026-12-15 20:00", 0),
        ("2026-12-28", 0),
    ],
)
def test_a_reminder_nobody_woke_for_leaves_late_or_becomes_a_call(wake: str, reminders: int) -> None:
    life = Life(opened("2026-11-02")).until("2026-12-10").oversleep("2026-12-11 08:00", wake).until("2027-01-05")
    assert len(life.messages("REM-2")) == reminders
    assert len(life.skips("REM-2")) == len(life.tasks("REM-2")) == 1 - reminders
    assert all(task.due_at > instant(wake) for task in life.tasks("REM-2"))


def test_after_six_weeks_asleep_each_due_date_gone_by_is_a_call_and_the_next_is_reminded() -> None:
    life = Life(opened("2026-11-02")).oversleep("2026-12-01", "2027-01-18").until("2027-02-20")
    assert [on for on, _ in life.skips("REM-2")] == ["2027-01-18", "2027-01-18"]
    assert [task.task for task in life.tasks("REM-2")] == ["call", "call"]
    assert life.days("REM-2") == ["2027-02-12"]
