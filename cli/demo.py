"""The demonstration portfolio."""

from __future__ import annotations

from collections.abc import Sequence

from config.tokens import Token


def seed(base_url: str, tokens: Sequence[Token]) -> None:
    """Fill an empty Parcours through its HTTP interface."""
