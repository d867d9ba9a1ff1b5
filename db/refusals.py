"""Why what an organisation writes for its enterprises, meetings or letters, cannot be had or changed."""

from __future__ import annotations


class Unknown(Exception):
    """The organisation has none of that id."""


class Refused(Exception):
    """It stands, or is written, in a way that forbids it; the reason is in French."""
