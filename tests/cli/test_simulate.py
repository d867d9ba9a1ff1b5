"""A population is simulated from the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.main import app
from config.errors import OperatorError
from domain.policy import PolicyError

POLICIES = Path(__file__).parents[2] / "policies"
SMALL = ("--enterprises", "4", "--months", "4", "--start", "2027-01")


@pytest.fixture(autouse=True)
def policies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARCOURS_POLICIES", str(POLICIES))


def simulated(*options: str) -> str:
    result = CliRunner().invoke(app, ["simulate", *SMALL, *options])
    if result.exception:
        raise result.exception
    return result.stdout


def document(*options: str) -> dict[str, Any]:
    return json.loads(simulated("--json", *options))  # type: ignore[no-any-return]


def test_json_is_all_that_stands_on_stdout_and_the_same_for_any_number_of_processes() -> None:
    one, two = document("--processes", "1"), document("--processes", "2", "--enterprises", "4")
    assert one == two
    assert {cell["family"] for cell in one["policies"][0]["cells"]} >= {"journey", "message", "task"}


def test_tables_bars_and_the_capacity_with_its_assumptions_are_printed() -> None:
    shown = simulated("--processes", "1")
    for words in ("Messages by rule and channel", "Tasks by kind", "Capacity", "minutes for each: call 15", "█"):
        assert words in shown


def test_two_policies_are_compared_on_the_same_population() -> None:
    compared = document("--processes", "1", "--compare", str(POLICIES / "urssaf-rhone-alpes.toml"))
    assert [it["name"] for it in compared["policies"]] == ["own", "urssaf-rhone-alpes"]
    parameters = {it["parameter"] for it in compared["differences"]["parameters"]}
    assert "reminder_lead_days" in parameters
    assert compared["differences"]["hours"].keys() == {"from", "to"}


def test_a_policy_below_the_national_floor_is_refused(tmp_path: Path) -> None:
    lower = tmp_path / "lower.toml"
    lower.write_text((POLICIES / "urssaf-idf.toml").read_text() + "\nreminder_lead_days = 1\n")
    with pytest.raises(PolicyError, match="national floor"):
        simulated("--policy", str(lower))


@pytest.mark.parametrize(("options", "remedy"), [(("--start", "2027"), "2027-01"), (("--policy", "/nowhere"), "give")])
def test_what_cannot_be_simulated_comes_with_what_to_do(options: tuple[str, str], remedy: str) -> None:
    with pytest.raises(OperatorError, match=remedy):
        simulated(*options)
