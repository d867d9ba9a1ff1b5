"""The policy of an organisation: every number of the rules it may change, within the national floor (POL-1)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from difflib import get_close_matches
from functools import cache, cached_property
from hashlib import blake2b
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo

from domain.calendar import Calendar
from domain.law import TERRITORIES
from domain.parameters import Change, Declared, Parameter, PolicyError, shown

__all__ = ["Policy", "PolicyError", "decided", "difference", "parse_policy"]

NATIONAL = "national"
RAISE, LOWER, FIXED, FREE, IDENTITY = Change.RAISE, Change.LOWER, Change.FIXED, Change.FREE, Change.IDENTITY

_SHORTEST_MONTH_DAYS = 28
#: Each first value must stay below the second.
_BELOW = (
    ("opens", "closes"),
    ("confirm_reminder_days", "confirm_task_days"),
    ("plan_warn_referent_hours", "plan_warn_supervisor_hours"),
    ("plan_warn_supervisor_hours", "plan_answer_hours"),
    ("notice_months", "extension_months"),
    ("journey_months", "max_journey_months"),
)


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What an organisation promises. Units are in the names; amounts in euros; times are local to ``zone``.

    Each parameter is declared once, with its rule and the change an organisation may make to the national value.
    """

    organisation: str
    name: Annotated[str, Parameter("ENR-4", IDENTITY)]
    address: Annotated[str, Parameter("ENR-4", IDENTITY)]
    phone: Annotated[str, Parameter("ENR-4", IDENTITY)]
    email: Annotated[str, Parameter("ENR-4", IDENTITY)]
    zone: Annotated[str, Parameter("REM-1", FREE)]
    territory: Annotated[str, Parameter("REM-1", FREE)]

    enrol_within_months: Annotated[int, Parameter("ENR-1", RAISE)]
    waiting_event_days: Annotated[int, Parameter("ENR-2", RAISE)]
    weight_without_accountant: Annotated[int, Parameter("ENR-3", FREE)]
    weight_with_accountant: Annotated[int, Parameter("ENR-3", FREE)]
    #: A policy stored before this parameter has none.
    referent_absence_days: Annotated[int, Parameter("ENR-3", FREE)] = 30
    tese_headcount: Annotated[int, Parameter("ENR-4", FIXED)]
    late_welcome_days: Annotated[int, Parameter("ENR-4", FREE)] = 60
    confirm_reminder_days: Annotated[int, Parameter("ENR-5", LOWER)]
    confirm_task_days: Annotated[int, Parameter("ENR-5", LOWER)]
    initial_appointment_open_days: Annotated[int, Parameter("ENR-6", RAISE)]

    reminder_lead_days: Annotated[int, Parameter("REM-2", RAISE)]
    call_months: Annotated[int, Parameter("REM-5", RAISE)]

    incident_call_working_days: Annotated[int, Parameter("INC-3", LOWER)]
    incident_call_attempts: Annotated[int, Parameter("INC-3", RAISE)] = 3
    repetition_months: Annotated[int, Parameter("INC-4", RAISE)]
    repetition_count: Annotated[int, Parameter("INC-4", LOWER)]
    followup_days: Annotated[tuple[int, int, int], Parameter("INC-5", LOWER)]
    hold_days: Annotated[int, Parameter("INC-6", FIXED)]
    remission_days: Annotated[int, Parameter("INC-8", FIXED)]
    small_sum: Annotated[Decimal, Parameter("INC-9", LOWER)]
    refund_answer_hours: Annotated[int, Parameter("INC-11", LOWER)]

    plan_max_months: Annotated[int, Parameter("PLN-1", RAISE)]
    plan_answer_hours: Annotated[int, Parameter("PLN-4", LOWER)]
    plan_warn_referent_hours: Annotated[int, Parameter("PLN-4", LOWER)]
    plan_warn_supervisor_hours: Annotated[int, Parameter("PLN-4", LOWER)]
    plan_breach: Annotated[Literal["escalate", "accept"], Parameter("PLN-4", FREE)]
    plan_accept_max_instalments: Annotated[int, Parameter("PLN-4", LOWER)]
    plan_accept_max_amount: Annotated[Decimal, Parameter("PLN-4", LOWER)]
    counter_open_days: Annotated[int, Parameter("PLN-5", RAISE)]
    instalment_grace_working_days: Annotated[int, Parameter("PLN-7", RAISE)]

    appointment_reminder_days: Annotated[int, Parameter("APT-2", RAISE)]
    priority_appointment_working_days: Annotated[int, Parameter("APT-3", LOWER)]
    offer_reminder_working_days: Annotated[int, Parameter("APT-4", LOWER)]

    growth_headcount: Annotated[int, Parameter("THR-2", LOWER)]
    growth_trend_months: Annotated[int, Parameter("THR-2", FREE)]
    growth_months: Annotated[int, Parameter("THR-2", RAISE)]

    journey_months: Annotated[int, Parameter("EXT-1", RAISE)]
    notice_months: Annotated[int, Parameter("EXT-1", RAISE)]
    extension_months: Annotated[int, Parameter("EXT-2", RAISE)]
    max_extensions: Annotated[int, Parameter("EXT-2", RAISE)]
    max_journey_months: Annotated[int, Parameter("EXT-2", FIXED)]
    exit_reminder_days: Annotated[int, Parameter("EXT-3", RAISE)]

    opens: Annotated[time, Parameter("COM-2", RAISE)]
    closes: Annotated[time, Parameter("COM-2", LOWER)]
    request_answer_hours: Annotated[int, Parameter("SVC-1", LOWER)]
    survey_gap_days: Annotated[int, Parameter("SAT-1", RAISE)]
    survey_low_mark: Annotated[int, Parameter("SAT-1", RAISE)] = 2

    @cached_property
    def calendar(self) -> Calendar:
        """The days and the sending window of the organisation."""
        return Calendar(self.zone, self.territory, self.opens, self.closes)

    @cached_property
    def version(self) -> str:
        """A digest of all that decides: who the organisation is may change without a new version (POL-2)."""
        lines = [f"{name} = {shown(value)}" for name, _, value in decided(self)]
        return blake2b("\n".join([self.organisation, *lines]).encode(), digest_size=8).hexdigest()


@cache
def _declared() -> dict[str, Declared]:
    hints = get_type_hints(Policy, include_extras=True).items()
    rows = ((name, *get_args(hint)) for name, hint in hints if get_origin(hint) is Annotated)
    return {name: Declared(name, kind, parameter) for name, kind, parameter in rows}


@cache
def _deciding() -> tuple[Declared, ...]:
    return tuple(it for it in _declared().values() if it.parameter.change is not IDENTITY)


def decided(policy: Policy) -> list[tuple[str, str, Any]]:
    """Each parameter that decides: its name, its rule, its value."""
    return [(it.name, it.parameter.rule, getattr(policy, it.name)) for it in _deciding()]


def difference(a: Policy, b: Policy) -> list[tuple[str, str, Any, Any]]:
    """Each parameter that decides otherwise in ``b`` than in ``a``: its name, its rule, and both values."""
    rows = [(it.name, it.parameter.rule, getattr(a, it.name), getattr(b, it.name)) for it in _deciding()]
    return [row for row in rows if row[2] != row[3]]


def parse_policy(national_toml: str, organisation_toml: str | None = None, organisation: str = NATIONAL) -> Policy:
    """The policy of ``organisation``: the national file, with what the organisation's own file says instead.

    Without a second file, the national policy itself. Raises :class:`PolicyError` for a file that is not TOML, a
    parameter unknown, missing or of the wrong type, a value below the national floor, and values at odds together.
    """
    values = _read(national_toml, NATIONAL)
    _require((it for it in _declared().values() if not hasattr(Policy, it.name)), values, NATIONAL)
    if organisation_toml is not None:
        own = _read(organisation_toml, organisation)
        _require((it for it in _declared().values() if it.parameter.change is IDENTITY), own, organisation)
        for name, value in own.items():
            _declared()[name].check_floor(organisation, values[name], value)
        values |= own
    policy = Policy(organisation=organisation, **values)
    _check_whole(policy)
    return policy


def _read(toml: str, organisation: str) -> dict[str, Any]:
    try:
        raw = tomllib.loads(toml, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(organisation, "file", "POL-1", f"not TOML: {error}", "Correct that line.") from error
    _refuse_unknown(raw, organisation)
    return {name: _declared()[name].read(organisation, value) for name, value in raw.items()}


def _refuse_unknown(names: Iterable[str], organisation: str) -> None:
    for name in names:
        if name not in _declared():
            near = [f"Did you mean {it}?" for it in get_close_matches(name, _declared(), 1)]
            raise PolicyError(organisation, name, "POL-1", "unknown parameter", "".join(near) or "Remove the line.")


def _require(wanted: Iterable[Declared], values: dict[str, Any], organisation: str) -> None:
    for declared in wanted:
        if declared.name not in values:
            raise declared.missing(organisation)


def _check_whole(policy: Policy) -> None:
    for name, limit in _BELOW:
        value, bound = getattr(policy, name), getattr(policy, limit)
        if value >= bound:
            raise _at_odds(policy, name, f"it must stay below {limit} = {shown(bound)}")
    if policy.exit_reminder_days >= policy.notice_months * _SHORTEST_MONTH_DAYS:
        raise _at_odds(policy, "exit_reminder_days", "the reminder must come after the notice")
    if policy.territory not in TERRITORIES:
        raise _at_odds(policy, "territory", f"the territories are {', '.join(TERRITORIES)}")
    try:
        ZoneInfo(policy.zone)
    except (KeyError, ValueError, OSError) as error:
        raise _at_odds(policy, "zone", "a time zone is written as Europe/Paris") from error


def _at_odds(policy: Policy, name: str, need: str) -> PolicyError:
    problem = f"{shown(getattr(policy, name))} does not fit: {need}"
    return _declared()[name].refusal(policy.organisation, problem, "Correct one of your values.")
