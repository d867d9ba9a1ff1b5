"""What the enterprise of `enrol` is called and where it is reached: none of it may be read in logs, traces, metrics."""

from __future__ import annotations

PERSONAL = (
    "Zoé",
    "Lefèvre",
    "Zo\\u00e9",
    "zoe@example.org",
    "zoe%40example.org",
    "639980001",
    "39980001",
    "39 98 00 01",
    "Boulangerie",
)


def found_in(text: str) -> list[str]:
    """The personal data that a text gives away."""
    return [secret for secret in PERSONAL if secret in text]
