"""Logs are readable by a collector and hold no personal data."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from config.logging import configure


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def test_our_lines_and_the_libraries_are_json_alike(capsys: pytest.CaptureFixture[str]) -> None:
    configure("json")
    structlog.stdlib.get_logger("ours").info("journey started", siren="732829320")
    logging.getLogger("uvicorn.error").warning("listening on %s", "port")
    ours, theirs = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert (ours["event"], ours["siren"], ours["level"]) == ("journey started", "732829320", "info")
    assert (theirs["event"], theirs["logger"]) == ("listening on port", "uvicorn.error")


@pytest.mark.parametrize(
    "personal",
    [
        "zoe.durand@exemple.fr",
        "+33601020304",
        "06 01 02 03 04",
        "06\u00a001\u00a002\u00a003\u00a004",
        "+262692123456",
        "01.99.00.12.34",
        "/l/AbC.d-e_f",
    ],
)
@pytest.mark.parametrize("style", ["json", "console"])
def test_personal_data_in_a_library_s_line_is_masked(
    style: str, personal: str, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(style)  # type: ignore[arg-type]
    try:
        raise ValueError(f"cannot deliver to {personal}!")
    except ValueError:
        logging.getLogger("temporalio.worker").exception("failed for %s", personal)
    assert personal not in capsys.readouterr().err


def test_a_siren_is_not_taken_for_a_phone(capsys: pytest.CaptureFixture[str]) -> None:
    configure("json")
    logging.getLogger("ours").info("journey-732829320 of 73282932000074 at 2026-01-15T08:30:00")
    assert "journey-732829320 of 73282932000074 at 2026-01-15T08:30:00" in capsys.readouterr().err
