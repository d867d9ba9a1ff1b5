"""Why an event could not be applied: told from what passes by itself, in words that name nobody."""

from __future__ import annotations

from pathlib import Path
from traceback import extract_tb

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from temporalio.service import RPCError

from activities.inbound import UnreadableEvent

OF_WHAT_IS_WRITTEN = ("22", "23", "54")
"""SQLSTATEs, by their class, of a wrong value, a broken constraint, a limit passed (PostgreSQL, appendix A)."""

LONGEST_REASON = 300


class NoPolicy(LookupError):
    """The organisation of a journey has no policy here: the operator's to mend, whatever the event."""


def is_of_an_event(error: Exception) -> bool:
    """Whether it would fail again in an hour: no server is away, no lock, timeout or missing table is in the way."""
    if isinstance(error, DBAPIError):
        return not error.connection_invalidated and _is_refused(error)
    return not isinstance(error, SQLAlchemyError | RPCError | OSError | NoPolicy)


def _is_refused(error: DBAPIError) -> bool:
    """The database refuses the row, or the driver cannot even send it (half of a surrogate pair)."""
    state = str(getattr(error.orig, "sqlstate", None) or "")
    return state.startswith(OF_WHAT_IS_WRITTEN) or isinstance(getattr(error.orig, "__cause__", None), ValueError)


def reason_of(error: Exception) -> str:
    """The kind of an error and where it was raised: what it says may quote personal data."""
    if isinstance(error, UnreadableEvent):
        return str(error)[:LONGEST_REASON]
    if isinstance(error, DBAPIError):
        return f"the database refuses it ({getattr(error.orig, 'sqlstate', None) or 'cannot be sent'})"
    frames = extract_tb(error.__traceback__)
    where = f" in {Path(frames[-1].filename).stem}, line {frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{where}"
