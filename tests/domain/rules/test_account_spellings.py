"""Blanks and case of account numbers do not count; the first spelling is kept and shown (D9, api.md)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from db.codec import dump_journey, load_journey
from domain.absorption import absorb
from domain.accounts import as_known, spelling, with_one_spelling
from domain.facts import Fact, IncidentCancelled, IncidentDetected
from domain.rules.enrolment import candidate
from domain.rules.incidents import incident_id
from domain.state import CloseReason, Journey
from tests.domain.rules.happenings import due, ended, opened, paid, stamp

GROUPED, BARE = "117 000 001 23A", "11700000123A"


def detected(at: str, period: str) -> IncidentDetected:
    known: dict[str, Any] = {"kind": "unpaid", "amount": None, "employee_share": None}
    return IncidentDetected(**stamp(at), account=BARE, period=period, due_on=date(2026, 2, 16), **known)


def spelt(fact: Fact, account: str) -> Fact:
    return replace(fact, account=account)


def told(journey: Journey, *facts: Fact) -> Journey:
    """As activities tell it."""
    for fact in facts:
        journey = absorb(as_known(fact, journey), journey)[0]
    return journey


def candidate_of(account: str) -> Journey:
    return candidate(replace(opened("2026-01-05"), account=account))


@pytest.mark.parametrize(("first", "then"), [(GROUPED, BARE), (BARE, GROUPED)])
def test_a_payment_and_an_incident_find_their_contribution_under_any_spelling(first: str, then: str) -> None:
    journey = candidate_of(first)
    journey = told(
        journey,
        spelt(due("2026-02-01", "2026-01", "2026-02-16", "900"), first),
        spelt(paid("2026-02-10", "2026-01", "900"), then),
        spelt(detected("2026-02-17", "2026-01"), then),
        spelt(detected("2026-02-18", "2026-01"), first),
    )
    assert list(journey.contributions) == [f"{first}/2026-01"]
    assert journey.contribution(first, "2026-01").settled
    assert list(journey.incidents) == [incident_id(journey.siren, first, "2026-01")]
    taken_back = told(
        journey, spelt(IncidentCancelled(**stamp("2026-02-19"), account=BARE, period="2026-01", reason="-"), then)
    )
    assert f"cancelled:{first}/2026-01" in taken_back.as_of


def test_a_closed_account_is_the_one_that_is_followed() -> None:
    journey = told(candidate_of(GROUPED), spelt(ended("2026-03-01", CloseReason.ACCOUNT_CLOSED, "2026-03-01"), BARE))
    assert journey.closing


def test_another_account_keeps_its_own_first_spelling() -> None:
    journey = told(candidate_of("117"), spelt(due("2026-02-01", "2026-01", "2026-02-16", "900"), GROUPED))
    assert spelling(journey, BARE) == GROUPED
    assert spelling(journey, "118") == "118"


def test_what_was_stored_under_two_spellings_is_read_together() -> None:
    journey = candidate_of(GROUPED)
    statement = spelt(due("2026-02-01", "2026-01", "2026-02-16", "900"), GROUPED)
    payment = spelt(paid("2026-02-10", "2026-01", "900"), BARE)
    apart = absorb(payment, absorb(statement, journey)[0])[0]
    apart = apart.but(done={f"REM-2:{BARE}/2026-01": apart.announced_at, "REM-2:1/2026-01": apart.announced_at})
    assert len(apart.contributions) == 2
    read = load_journey(dump_journey(apart))
    assert list(read.contributions) == [f"{GROUPED}/2026-01"]
    assert read.contribution(GROUPED, "2026-01").paid == Decimal(900)
    assert read.contribution(GROUPED, "2026-01").amount == Decimal(900)
    assert set(read.done) == {f"REM-2:{GROUPED}/2026-01", "REM-2:1/2026-01"}
    assert with_one_spelling(read) == read


def test_accounts_that_differ_stay_apart() -> None:
    journey = candidate_of("117")
    journey = told(journey, *(spelt(paid("2026-02-10", "2026-01", "9"), it) for it in ("117", "118", "11")))
    assert with_one_spelling(journey) == journey
    assert len(load_journey(dump_journey(journey)).contributions) == 3
