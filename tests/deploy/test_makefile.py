"""What `make` does before there is an environment."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from tests.deploy.installation import ROOT

# Until the system has its venv package, `python -m venv` leaves an interpreter without pip and fails.
STUB = """#!/bin/sh
case "$*" in -c*) exit 0;; esac
mkdir -p .venv/bin && touch .venv/bin/python
test -e package-installed && touch .venv/bin/pip
"""


def recipe(target: str) -> str:
    """The commands that make a target, each stopping at its failure, in the folder they are run in."""
    text = (ROOT / "Makefile").read_text().replace("\\\n", "")
    [lines] = re.findall(rf"^{re.escape(target)}:.*\n((?:\t.*\n)+)", text, flags=re.MULTILINE)
    commands = "\n".join(["set -e", *(line.lstrip("\t@") for line in lines.splitlines())])
    return commands.replace("$(VENV)", ".venv").replace("$(PYTHON)", "./python")


def test_an_environment_that_could_not_be_made_is_made_once_its_package_is_there(tmp_path: Path) -> None:
    (tmp_path / "python").write_text(STUB)
    (tmp_path / "python").chmod(0o755)
    command = ["sh", "-c", recipe("$(BIN)/python")]
    first = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (first.returncode, "python3-venv" in first.stderr) == (1, True)
    assert not (tmp_path / ".venv").exists()
    (tmp_path / "package-installed").touch()
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 0
    assert (tmp_path / ".venv/bin/pip").exists()
