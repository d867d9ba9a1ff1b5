"""Which services fit an enterprise (OFF-1): one pure question for each."""

from __future__ import annotations

from domain.policy import Policy
from domain.sectors import bare
from domain.state import Journey

WITHOUT_TESE = ("7820Z", "7830Z", "8810A")
"""Temporary work, employers' groups, home help: the TESE does not know their pay."""


def may_use_tese(journey: Journey, policy: Policy) -> bool:
    """Whether the TESE is worth naming: few employees, nobody who does the pay already, a sector that it takes."""
    fits = journey.headcount < policy.tese_headcount and not journey.accountant
    return fits and not bare(journey.naf).startswith(WITHOUT_TESE)
