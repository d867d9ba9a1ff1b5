"""Values in addresses and bodies that must be well formed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import Path
from pydantic import AfterValidator, BeforeValidator, StringConstraints

from domain.identifiers import parse_siren
from domain.texts import is_seen, lines, one_line


def _strings(rule: Callable[[str], str]) -> BeforeValidator:
    """A rule of ``domain.texts`` before any other; what is no string is for the type itself to refuse."""
    return BeforeValidator(lambda value: rule(value) if isinstance(value, str) else value)


def _with_words(value: str) -> str:
    if not is_seen(value):
        raise ValueError("nothing in it can be read: write at least one visible character")
    return value


SirenText = Annotated[str, StringConstraints(max_length=20), AfterValidator(parse_siren)]
Siren = Annotated[SirenText, Path(description="Nine digits.", examples=["732829320"])]
AgentName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]*$", max_length=100)]
Page = Annotated[str, AfterValidator(_with_words), _strings(lines)]
Text = Annotated[str, StringConstraints(max_length=2000), _strings(lines)]
Words = Annotated[str, StringConstraints(max_length=2000), _strings(one_line)]
Line = Annotated[str, StringConstraints(max_length=200), AfterValidator(_with_words), _strings(one_line)]
