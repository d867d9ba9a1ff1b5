"""What the fields of a form hold."""

from __future__ import annotations

from datetime import date, time
from uuid import UUID

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

LONGEST = 4000


def text_of(form: FormData, name: str, longest: int = LONGEST) -> str | None:
    """What was written, trimmed and cut at so many characters; None when nothing was."""
    written = str(form.get(name) or "").replace("\x00", "").replace("\r\n", "\n").strip()
    return written[:longest] or None


def day_of(form: FormData, name: str) -> date | None:
    """A day, None when it is not one."""
    try:
        return date.fromisoformat(str(form.get(name) or ""))
    except ValueError:
        return None


def hour_of(form: FormData, name: str) -> time | None:
    """An hour of the organisation's day, None when it is not one, or says an offset."""
    try:
        hour = time.fromisoformat(str(form.get(name) or ""))
    except ValueError:
        return None
    return None if hour.tzinfo else hour


def operation_of(form: FormData) -> UUID:
    """The id of a form as it was shown: sending it twice is asking once. Raises a 400."""
    try:
        return UUID(str(form.get("operation")))
    except ValueError:
        raise HTTPException(400) from None
