"""The files of an installation, read as Compose and Docker read them."""

from __future__ import annotations

import fnmatch
import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
VARIABLE = re.compile(r"\$\{(\w+):-((?:[^${}]|\$\{[^{}]*\})*)\}")
COMPOSE = (ROOT / "docker-compose.yml").read_text()


def interpolated(given: dict[str, str]) -> str:
    """The compose file with each `${NAME:-default}` replaced, defaults in defaults included."""
    text = COMPOSE
    while (replaced := VARIABLE.sub(lambda found: given.get(found[1]) or found[2], text)) != text:
        text = replaced
    return text


def compose_with(given: dict[str, str]) -> Any:
    """What Compose starts when the environment gives these variables."""
    return yaml.safe_load(interpolated(given))


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions, each with its arguments on one line."""
    text = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text())
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(line.split(None, 1)[0], line.split(None, 1)[1]) for line in lines]


def enters_the_image(path: str) -> bool:
    """Whether .dockerignore lets `path` into the build; the last line that matches it or a parent decides."""
    taken = True
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        pattern = line.removeprefix("!").removeprefix("**/")
        if line and not line.startswith("#") and _matches(path, pattern, anywhere="**/" in line):
            taken = line.startswith("!")
    return taken


def _matches(path: str, pattern: str, *, anywhere: bool) -> bool:
    parts = Path(path).parts
    if anywhere:
        return any(fnmatch.fnmatch(part, pattern) for part in parts)
    return any(fnmatch.fnmatch("/".join(parts[:depth]), pattern) for depth in range(1, len(parts) + 1))
