"""Commands are tested away from the machine's own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

OURS = ("PARCOURS_", "TWILIO_", "SENDGRID_")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in list(os.environ):
        if name.startswith(OURS):
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    monkeypatch.setenv("PARCOURS_HOME", str(home))
    return home
