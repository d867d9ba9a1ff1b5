"""One `parcours up` for each home; the other commands find it, and only while it lives."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.errors import OperatorError
from config.running import Running, alone, running, with_running_parts
from config.settings import load

HERE = Running(
    1, "http://127.0.0.1:8000", "postgresql+asyncpg://u:p@127.0.0.1:1/d", "127.0.0.1:2", "default", "http://127.0.0.1:3"
)


def test_addresses_are_found_while_it_runs_and_not_after(home: Path) -> None:
    with alone(home):
        HERE.announce(home)
        assert running(home) == HERE
        assert (home / "running.json").stat().st_mode & 0o777 == 0o600
    assert running(home) is None


def test_addresses_left_by_a_killed_process_are_not_believed(home: Path) -> None:
    HERE.announce(home)
    assert running(home) is None


def test_a_second_one_on_the_same_home_is_refused(home: Path) -> None:
    with alone(home), pytest.raises(OperatorError, match="already runs"), alone(home):
        raise AssertionError("two at once")


def test_what_is_configured_wins_over_what_runs(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARCOURS_TEMPORAL_ADDRESS", "cluster:7233")
    monkeypatch.setenv("PARCOURS_TEMPORAL_NAMESPACE", "urssaf")
    with alone(home):
        HERE.announce(home)
        settings = with_running_parts(load())
    assert (settings.temporal_address, settings.temporal_namespace) == ("cluster:7233", "urssaf")
    assert settings.database_url is not None
    assert settings.database_url.get_secret_value() == HERE.database_url
