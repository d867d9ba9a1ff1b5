"""One person, found wherever an address of theirs stands, as people write addresses."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Self

from sqlalchemy import ColumnElement, LargeBinary, Text, cast, false, func, literal_column

MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
CODES = ("33", "262", "590", "594", "596")
"""Countries and territories whose national numbers begin with 0 (numbering plan of Arcep)."""

LEAST_DIGITS, SHORTEST_NAME = 6, 3
SEPARATOR = "[^0-9a-z@]{0,2}"


class NoAddress(ValueError):
    """Neither a mail address nor a telephone number."""


@dataclass(frozen=True)
class Person:
    """An address somebody is known by; ``pattern`` finds it in lower case, a regular expression of PostgreSQL."""

    pattern: str = field(repr=False)

    @classmethod
    def known_by(cls, address: str) -> Self:
        """Raises NoAddress."""
        address = address.strip().lower()
        if MAIL.fullmatch(address):
            return cls(rf"(?<![a-z0-9._%+-]){re.escape(address)}(?![a-z0-9-]|\.[a-z0-9])")
        digits = re.sub("[^0-9]", "", address.replace("(0)", ""))
        if re.search("[a-z@]", address) or len(digits) < LEAST_DIGITS:
            raise NoAddress(address)
        return cls(_number(digits, abroad=address.startswith(("+", "00"))))


def _number(digits: str, *, abroad: bool) -> str:
    """A number as dialled at home or from abroad, its digits in groups of any size."""
    digits = digits.removeprefix("00") if abroad else digits
    code = next((it for it in CODES if abroad and digits.startswith(it)), "")
    national = digits[len(code) :] if abroad else digits.removeprefix("0")
    within = SEPARATOR.join(national)
    if abroad and not code:
        return rf"(?<![0-9]){within}(?![0-9])"
    return rf"(?<![0-9])((00)?({'|'.join(CODES)}){SEPARATOR}(\(?0\)?)?{SEPARATOR}|0{SEPARATOR})?{within}(?![0-9])"


def named(names: Iterable[str | None]) -> str | None:
    """A pattern of whole names, ``None`` when there is none to look for."""
    known = {" ".join(name.lower().split()) for name in names if name and len(name.strip()) >= SHORTEST_NAME}
    said = (re.escape(name).replace(r"\ ", r"\s+") for name in sorted(known))
    return rf"(?<![[:alnum:]])({'|'.join(said)})(?![[:alnum:]])" if known else None


def says(column: ColumnElement[Any], pattern: str | None) -> ColumnElement[bool]:
    """Whether a column of words or JSON holds what a pattern finds."""
    if pattern is None:
        return false()
    words = func.encode(column, literal_column("'escape'")) if isinstance(column.type, LargeBinary) else column
    found: ColumnElement[bool] = func.lower(cast(words, Text)).regexp_match(pattern)
    return found
