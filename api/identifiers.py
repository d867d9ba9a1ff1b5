"""Values in addresses and bodies that must be well formed."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from pydantic import AfterValidator, StringConstraints

from domain.identifiers import parse_siren


def _without_control_characters(value: str) -> str:
    if any(not (char.isprintable() or char in "\n\r\t") for char in value):
        raise ValueError("control characters are not allowed: send printable text")
    return value


SirenText = Annotated[str, StringConstraints(max_length=20), AfterValidator(parse_siren)]
Siren = Annotated[SirenText, Path(description="Nine digits.", examples=["732829320"])]
AgentName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]*$", max_length=100)]
Page = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(_without_control_characters)
]
Text = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=2000), AfterValidator(_without_control_characters)
]
Line = Annotated[Text, StringConstraints(min_length=1, max_length=200)]
