"""What is asked again after a duty decides what asking every family of everything would; and it is asked of few."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import step as engine
from domain.absorption import absorb
from domain.cases import Incident, Stage
from domain.duty import Duty, Family, World
from domain.effects import SendMessage
from domain.facts import Fact, IncidentCancelled, IncidentDetected, PaymentReceived, RecoveryServed, RefundOwed
from domain.owed import RULE, Wake
from domain.population import Habits, Scenario, invent
from domain.requests import Ask, Request
from domain.rules import FAMILIES, followups
from domain.simulation import live
from domain.state import Journey
from domain.step import Decision, duties, step
from tests.domain.rules.happenings import ACCOUNT, due, instant, opened
from tests.domain.rules.life import AGENTS, IDF, MODEST, POLICIES, RHONE, RULEBOOK, Life

MORNING = instant("2026-11-18 09:00")
PERIODS = ("2026-08", "2026-09", "2026-10")
OTHER = "117000000999999999"


class AskedAnew:
    """Every family, of everything, after each duty: slow and plain."""

    def __init__(self, families: Iterable[Family]) -> None:
        self.families = tuple(families)

    def next(self, journey: Journey, world: World) -> tuple[Duty | None, Wake]:
        owed = [(it.ready_at(world), it) for it in duties(journey, world, self.families)]
        ready = (it for ready_at, it in owed if ready_at <= world.now)
        first = min(ready, key=lambda it: (not it.key.startswith(("ENR-3:", "ENR-4")), it.at), default=None)
        if first:
            return first, Wake()
        at = min((ready_at for ready_at, _ in owed), default=None)
        named = {RULE.match(it.key) for ready_at, it in owed if ready_at == at}
        return None, Wake(at, tuple(sorted({rule[0] for rule in named if rule})))


class Twice(Life):
    """Each of its steps is decided both ways, and the same."""

    def take_step(self, *requests: Request) -> dict[str, Any]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(engine, "Asked", AskedAnew)
            anew = step(self.journey, requests, self.now, self.rulebook, self.roster, self.free)
        assert step(self.journey, requests, self.now, self.rulebook, self.roster, self.free) == anew
        return super().take_step(*requests)


def told(kind: str, account: str, period: str, at: datetime, amount: Decimal, number: int) -> Fact:
    known: dict[str, Any] = {"id": f"told-{number}", "at": at, "received_at": at, "account": account, "period": period}
    match kind:
        case "refund":
            return RefundOwed(**known, amount=amount, doubled=False)
        case "paid":
            return PaymentReceived(**known, amount=amount, received_on=at.date())
        case "cancelled":
            return IncidentCancelled(**known, reason="erreur")
        case "notice" | "writ":
            served = {"served_on": at.date(), "reply_by": at.date() + timedelta(days=30)}
            return RecoveryServed(**known, amount=amount, stage=Stage(kind), **served)
    return IncidentDetected(
        **known, kind=kind, amount=amount, employee_share=None, due_on=instant(f"{period}-16").date()
    )


KINDS = st.sampled_from(
    ["unpaid", "unpaid", "debit_rejected", "dsn_technical", "refund", "paid", "cancelled", "notice", "writ"]
)
TOLD = st.tuples(
    KINDS,
    st.sampled_from([ACCOUNT, OTHER]),
    st.sampled_from(PERIODS),
    st.sampled_from([0, 0, 0, 1, 48, 400]),
    st.sampled_from([Decimal(4), Decimal(300), Decimal(1000)]),
)
PLANS = st.lists(st.tuples(st.sampled_from(PERIODS), st.booleans()), max_size=2)


@MODEST
@given(st.booleans(), st.lists(TOLD, max_size=7), PLANS)
def test_what_is_asked_again_decides_what_asking_everything_would(
    accountant: bool, facts: list[tuple[str, str, str, int, Decimal]], plans: list[tuple[str, bool]]
) -> None:
    life = Twice(opened("2026-08-01", accountant=accountant)).tell(due("2026-11-04", "2026-10", "2026-11-16", "900"))
    life.until(MORNING)
    at = MORNING
    for number, (kind, account, period, hours, amount) in enumerate(facts):
        at += timedelta(hours=hours)
        life.until(at)
        life.absorb(told(kind, account, period, at, amount, number))
    for number, (period, granted) in enumerate(plans):
        _plan(life, at + timedelta(hours=number + 1), period, granted=granted)
    life.until(at + timedelta(days=60))


def _plan(life: Life, at: datetime, period: str, *, granted: bool) -> None:
    life.until(at)
    drawn = [{"due_on": (at + timedelta(days=30)).date().isoformat(), "amount": "300"}]
    asked = Request(
        f"plan-{period}-{at}", Ask.PLAN, {"by": "agent", "period": period, "instalments": drawn, "note": "n"}
    )
    life.take_step(asked)
    for plan in [it.id for it in life.journey.plans.values() if it.is_pending] if granted else []:
        answer = {"by": "agent", "plan": plan, "decision": "accept", "instalments": [], "note": "n"}
        life.take_step(Request(f"decided-{plan}", Ask.DECIDE_PLAN, answer))


@pytest.mark.parametrize("accountant", [True, False])
def test_difficulties_of_several_accounts_and_refunds_at_once(accountant: bool) -> None:
    life = Twice(opened("2026-08-01", accountant=accountant)).until(MORNING)
    known = [(account, period) for period in PERIODS for account in (ACCOUNT, OTHER)]
    for number, (account, period) in enumerate(known):
        for kind in ("unpaid", "refund"):
            fact = told(kind, account, period, MORNING, Decimal(300), 2 * number + (kind == "refund"))
            life.journey, _ = absorb(fact, life.journey)
    life.take_step()
    assert len([*life.of(SendMessage, "INC-2")]) == len(known)
    life.until("2026-12-10")


@pytest.mark.parametrize("rank", range(2))
def test_an_eventful_life_is_lived_the_same_both_ways(rank: int, monkeypatch: pytest.MonkeyPatch) -> None:
    habits = Habits(incident=0.6, plan=0.8, extension=0.8, grows=1)
    scenario = Scenario(2, 18, instant("2027-01-01").date(), (IDF, RHONE), POLICIES[IDF].calendar, habits=habits)
    again = [(it.at, it.effects, it.after) for it in live(invent(scenario, rank), RULEBOOK, scenario.end)]
    monkeypatch.setattr(engine, "Asked", AskedAnew)
    assert again == [(it.at, it.effects, it.after) for it in live(invent(scenario, rank), RULEBOOK, scenario.end)]


def with_incidents(number: int) -> Life:
    life = Life(opened("2026-08-01")).until(MORNING)
    for rank in range(number):
        account = f"117{rank:015}"
        life.journey, _ = absorb(told("unpaid", account, "2026-10", MORNING, Decimal(300), rank), life.journey)
    return life


def asked_for(number: int, monkeypatch: pytest.MonkeyPatch) -> int:
    """How often a step asks the family of the first words about one of so many incidents."""
    asked = count()
    of = followups.duties.of

    def counting(incident: Incident, journey: Journey, world: World) -> Any:
        next(asked)
        return of(incident, journey, world)

    counted = type("followups", (), {"duties": replace(followups.duties, of=counting)})
    families = tuple(counted if it is followups else it for it in FAMILIES)
    life = with_incidents(number)
    with monkeypatch.context() as patch:
        patch.setattr(engine, "FAMILIES", families)
        decided = step(life.journey, (), MORNING, RULEBOOK, AGENTS)
    assert _first_words(decided) == number
    return next(asked)


def _first_words(decision: Decision) -> int:
    return sum(it.rule == "INC-2" and it.kind == "message" for it in decision.effects)


def test_a_step_with_four_times_the_incidents_asks_four_times_as_often(monkeypatch: pytest.MonkeyPatch) -> None:
    few, many = asked_for(10, monkeypatch), asked_for(40, monkeypatch)
    assert few >= 20
    assert many <= 4 * few
