"""What the fields of a form hold."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal, InvalidOperation
from uuid import UUID

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

LONGEST = 4000


def text_of(form: FormData, name: str) -> str | None:
    """What was written, trimmed and cut at four thousand characters; None when nothing was."""
    written = str(form.get(name) or "").replace("\x00", "").replace("\r\n", "\n").strip()
    return written[:LONGEST] or None


def day_of(form: FormData, name: str) -> date | None:
    """A day, None when it is not one."""
    try:
        return date.fromisoformat(str(form.get(name) or ""))
    except ValueError:
        return None


def hour_of(form: FormData, name: str) -> time | None:
    """An hour of the day, None when it is not one."""
    try:
        return time.fromisoformat(str(form.get(name) or ""))
    except ValueError:
        return None


def amount_of(written: str) -> Decimal | None:
    """Euros as people write them, ``1 240,50``; None when it is not an amount of at most two decimals."""
    try:
        amount = Decimal("".join(written.split()).removesuffix("€").replace(",", "."))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and amount == round(amount, 2) and abs(amount) < 10**9 else None


def operation_of(form: FormData) -> UUID:
    """The id of a form as it was shown: sending it twice is asking once. Raises a 400."""
    try:
        return UUID(str(form.get("operation")))
    except ValueError:
        raise HTTPException(400) from None
