"""Which errors of PostgreSQL pass: the same request may well succeed later, and is answered so."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

PASSING = frozenset({"40001", "40P01", "57014", "55P03", "25P03", "25P04"})
"""SQLSTATE (PostgreSQL, appendix A): serialization, deadlock; statement, lock and transaction timeouts."""

PASSING_CLASSES = ("08", "53", "57P")
"""No connection, no room, a server that stops or starts."""

UNREACHABLE = (DBAPIError, PoolTimeout, OSError)
"""What a query raises when its database does not answer; of the first only what `is_passing`."""


def is_passing(error: Exception) -> bool:
    """Whether nothing is wrong but that the database does not answer now."""
    if not isinstance(error, DBAPIError):
        return isinstance(error, UNREACHABLE)
    if isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated:
        return True
    state = str(getattr(error.orig, "sqlstate", None) or "")
    return state in PASSING or state.startswith(PASSING_CLASSES)
