"""Sectors as INSEE numbers them (NAF), however they are written."""

from __future__ import annotations


def bare(code: str) -> str:
    """``78.20z`` and ``78 20 Z`` are ``7820Z``."""
    return "".join(sign for sign in code if sign.isalnum()).upper()
