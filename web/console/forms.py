"""What the fields of a form hold."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time
from uuid import NAMESPACE_URL, UUID, uuid5

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request

from db.refusals import Refused
from domain.texts import Unreadable, is_seen, mended_lines, one_line
from web.console.people import Person

NewId = Callable[[], UUID]
"""What a form that makes something is known by."""

EARLIEST, LATEST = date(1990, 1, 1), date(2090, 12, 31)
LONGEST = 4000
OF_THE_PAGE = ("csrf", "operation")
"""Hidden fields: what was not filled in."""
ONE_LINE = "Écrivez sur une seule ligne, sans tabulation ni caractère de contrôle, puis envoyez de nouveau."


def text_of(form: FormData, name: str, longest: int = LONGEST) -> str | None:
    """What was written, trimmed and cut at so many characters; None when nothing was.

    The control characters that a paste brings are left out: nobody sees them.
    """
    return mended_lines(str(form.get(name) or ""))[:longest] or None


def line_of(form: FormData, name: str) -> str | None:
    """What was written on one line, its blanks made ordinary; None when nothing was. Raises :class:`Refused`."""
    try:
        written = one_line(str(form.get(name) or ""))
    except Unreadable:
        raise Refused(ONE_LINE) from None
    return " ".join(written.split()) if is_seen(written) else None


def day_of(form: FormData, name: str) -> date | None:
    """A day, None when it is not one, or out of all bounds."""
    try:
        day = date.fromisoformat(str(form.get(name) or ""))
    except ValueError:
        return None
    return day if EARLIEST <= day <= LATEST else None


def hour_of(form: FormData, name: str) -> time | None:
    """An hour of the organisation's day, None when it is not one, or says an offset."""
    try:
        hour = time.fromisoformat(str(form.get(name) or ""))
    except ValueError:
        return None
    return None if hour.tzinfo else hour


def operation_of(person: Person, request: Request, form: FormData) -> UUID:
    """What a form asks, as this person filled it in at this address: sending it twice is asking once. Raises a 400.

    The field ``operation`` tells one showing of the page from another, and is no more than a part: nobody can name what
    somebody else wrote, nor what is about another enterprise.
    """
    try:
        shown = UUID(str(form.get("operation")))
    except ValueError:
        raise HTTPException(400) from None
    who = (person.organisation, person.role, person.subject, person.author)
    filled = sorted((name, str(value)) for name, value in form.multi_items() if name not in OF_THE_PAGE)
    return uuid5(NAMESPACE_URL, repr((who, request.url.path, str(shown), filled)))
