"""What a policy parameter is: the rule it belongs to, how an organisation may change it, how it is read (POL-1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from enum import StrEnum
from typing import Any, get_args


class Change(StrEnum):
    """What an organisation may do to the national value; the word is what a refusal tells it."""

    RAISE = "raise"
    LOWER = "lower"
    FIXED = "keep"
    FREE = "choose"
    IDENTITY = "state"


@dataclass(frozen=True)
class Parameter:
    """The rule a parameter belongs to and the ``change`` an organisation may make.

    ``IDENTITY`` says who the organisation is: required of each one, and no part of a policy's version.
    """

    rule: str
    change: Change

    def allows(self, floor: Any, value: Any) -> bool:
        """Whether an organisation may replace ``floor`` by ``value``; a list is compared item by item."""
        match self.change:
            case Change.RAISE:
                return all(new >= old for old, new in _pairs(floor, value))
            case Change.LOWER:
                return all(new <= old for old, new in _pairs(floor, value))
            case Change.FIXED:
                return bool(value == floor)
            case Change.FREE | Change.IDENTITY:
                return True


def _pairs(floor: Any, value: Any) -> list[tuple[Any, Any]]:
    return list(zip(floor, value, strict=True)) if isinstance(floor, tuple) else [(floor, value)]


class PolicyError(Exception):
    """A policy is refused: which one, for which parameter and rule, why, and what to do."""

    def __init__(self, organisation: str, parameter: str, rule: str, problem: str, remedy: str) -> None:
        self.organisation, self.parameter, self.rule = organisation, parameter, rule
        self.problem, self.remedy = problem, remedy
        super().__init__(f"policy {organisation}, {parameter} ({rule}): {problem}. {remedy}")


@dataclass(frozen=True)
class Declared:
    """A parameter under its ``name``, with the ``kind`` of its values. Its methods speak for ``organisation``."""

    name: str
    kind: Any
    parameter: Parameter

    def refusal(self, organisation: str, problem: str, remedy: str) -> PolicyError:
        """What to raise about this parameter."""
        return PolicyError(organisation, self.name, self.parameter.rule, problem, remedy)

    def missing(self, organisation: str) -> PolicyError:
        """What to raise when a file must give it and does not."""
        return self.refusal(organisation, "missing", f"Give {_expected(self.kind)}.")

    def read(self, organisation: str, raw: Any) -> Any:
        """A value as TOML gives it, turned into ``kind``. Raises :class:`PolicyError`."""
        try:
            return _read_value(self.kind, raw)
        except ValueError as error:
            raise self.refusal(organisation, f"{shown(raw)} is refused", f"Give {_expected(self.kind)}.") from error

    def check_floor(self, organisation: str, floor: Any, value: Any) -> None:
        """Raises :class:`PolicyError` when ``value`` promises less than the national ``floor``."""
        if not self.parameter.allows(floor, value):
            problem = f"{shown(value)} does not meet the national floor, {shown(floor)}"
            remedy = f"You may only {self.parameter.change} that value: correct it or remove the line."
            raise self.refusal(organisation, problem, remedy)


def shown(value: Any) -> str:
    """A value as one writes it in a policy file."""
    if isinstance(value, tuple):
        return str(list(value))
    return f'"{value}"' if isinstance(value, str) else str(value)


def _read_value(kind: Any, raw: Any) -> Any:
    if kind is int and type(raw) is int and raw >= 1:
        return raw
    if kind is Decimal and type(raw) in (int, Decimal) and Decimal(raw).is_finite() and raw >= 0:
        return Decimal(f"{Decimal(raw).normalize():f}")
    if kind is str and isinstance(raw, str) and raw.strip():
        return raw.strip()
    if kind is time and type(raw) is time:
        return raw
    if kind == tuple[int, int, int] and _are_growing_days(raw):
        return tuple(raw)
    if isinstance(raw, str) and raw in get_args(kind):
        return raw
    raise ValueError(raw)


def _are_growing_days(raw: Any) -> bool:
    return isinstance(raw, list) and [type(day) for day in raw] == [int] * 3 and 0 < raw[0] < raw[1] < raw[2]


def _expected(kind: Any) -> str:
    words = {
        int: "a whole number of 1 or more, as 3",
        Decimal: "an amount of 0 or more in euros, as 5000 or 12.50",
        str: 'a text, as "Paris"',
        time: "a local time, as 08:30:00",
        tuple[int, int, int]: "three growing numbers of days, as [7, 15, 25]",
    }
    return words.get(kind) or "one of " + ", ".join(map(shown, get_args(kind)))
