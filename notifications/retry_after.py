"""The Retry-After header (RFC 9110, 10.2.3)."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime


def retry_after(header: str | None, now: datetime | None = None) -> timedelta | None:
    """How long the provider asks to wait: from seconds or an HTTP date; None when absent or unreadable."""
    if header is None:
        return None
    if header.strip().isdecimal():
        return timedelta(seconds=min(int(header), 86_400))
    try:
        asked = parsedate_to_datetime(header)
    except ValueError:
        return None
    return max(asked.astimezone(UTC) - (now or datetime.now(UTC)), timedelta())
