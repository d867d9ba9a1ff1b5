"""SIREN, SIRET and periods as they arrive from outside. Errors say what to do and never repeat the number."""

from __future__ import annotations

import re
from functools import lru_cache

from stdnum.exceptions import InvalidChecksum, ValidationError
from stdnum.fr import siret

from domain.obligations import Period
from domain.texts import without_blanks

_SIREN_DIGITS = 9
_SIRET_DIGITS = 14
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
WRONG_DIGIT = "Not a {}: its check digit is wrong. Copy it again from the source."
YEARS = range(1990, 2100)
"""Periods that a due date can be counted for: public holidays are known until 2100."""

_PERIOD = re.compile(r"(?P<year>[0-9]{4})-(?:(?P<month>0[1-9]|1[0-2])|Q(?P<quarter>[1-4]))")


class InvalidIdentifier(ValueError):
    """Not a SIREN or SIRET."""


class InvalidPeriod(ValueError):
    """Not a month or a quarter."""


def parse_siren(text: str) -> str:
    """The nine digits of a SIREN, blanks of any kind and dots removed. Raises :class:`InvalidIdentifier`."""
    digits = _digits(text, "SIREN", _SIREN_DIGITS)
    if not _ends_with_its_check_digit(digits):
        raise InvalidIdentifier(WRONG_DIGIT.format("SIREN"))
    return digits


def parse_siret(text: str) -> str:
    """The fourteen digits of a SIRET, La Poste's own checksum included. Raises :class:`InvalidIdentifier`."""
    digits = _digits(text, "SIRET", _SIRET_DIGITS)
    try:
        siret.validate(digits)
    except InvalidChecksum as error:
        raise InvalidIdentifier(WRONG_DIGIT.format("SIRET")) from error
    except ValidationError as error:
        raise InvalidIdentifier(f"Not a SIRET: {error}") from error
    return digits


def siren_of(subject: str) -> str:
    """The SIREN of an event's subject, a SIREN or a SIRET. Raises :class:`InvalidIdentifier`."""
    digits = without_blanks(subject).replace(".", "")
    return parse_siren(digits) if len(digits) <= _SIREN_DIGITS else parse_siret(digits)[:_SIREN_DIGITS]


def account_number(text: str) -> str:
    """An account number as it is compared: blanks and case do not count."""
    bare = without_blanks(text)
    return bare.upper() if bare.isascii() else bare


def account_as_written(text: str) -> str:
    """An account number in the groups it was written in, parted by single blanks: as it is kept and shown."""
    groups = (account_number(group) for group in text.split())
    return " ".join(group for group in groups if group)


@lru_cache(maxsize=1_000)
def parse_period(text: str) -> Period:
    """The month of ``2026-01`` or the quarter of ``2026-Q1``. Raises :class:`InvalidPeriod`."""
    match = _PERIOD.fullmatch(text)
    if match is None:
        raise InvalidPeriod("Not a period: write a month as 2026-01 or a quarter as 2026-Q1.")
    if int(match["year"]) not in YEARS:
        raise InvalidPeriod(f"Not a period of our time: write a year from {YEARS[0]} to {YEARS[-1]}.")
    if match["quarter"]:
        return Period(int(match["year"]), int(match["quarter"]) * 3 - 2, 3)
    return Period(int(match["year"]), int(match["month"]))


def _digits(text: str, name: str, length: int) -> str:
    digits = without_blanks(text).replace(".", "")
    if not re.fullmatch(r"[0-9]+", digits) or len(digits) != length:
        raise InvalidIdentifier(f"Not a {name}: {length} digits are expected, {len(digits)} characters were given.")
    if not digits[:_SIREN_DIGITS].strip("0"):
        raise InvalidIdentifier(f"Not a {name}: all zeros. Give the number of the enterprise's registration.")
    return digits


def _ends_with_its_check_digit(digits: str) -> bool:
    """Luhn's sum; stdnum takes several times as long, and each event that comes in has a SIREN to check."""
    plain, doubled = map(int, digits[::-2]), (_DOUBLED[int(digit)] for digit in digits[-2::-2])
    return (sum(plain) + sum(doubled)) % 10 == 0
