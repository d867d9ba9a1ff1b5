"""An installation's files are tested away from the machine's own settings."""

from __future__ import annotations

import os
from typing import Any

import pytest

from tests.deploy.installation import ROOT, compose_with

OURS = ("PARCOURS_", "TWILIO_", "SENDGRID_")


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(OURS)]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def compose() -> Any:
    """What `docker compose up` starts when nothing is set."""
    return compose_with({})


@pytest.fixture(scope="session")
def services(compose: Any) -> dict[str, Any]:
    return compose["services"]


@pytest.fixture(scope="session")
def example() -> dict[str, str]:
    lines = (ROOT / "deploy" / "example.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
