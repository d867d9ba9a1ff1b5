"""A firm that asks for time to pay, and the agents who answer."""

from __future__ import annotations

from decimal import Decimal
from itertools import count
from typing import Any

from domain.cases import Plan
from domain.effects import OpenTask, Purpose, SendMessage
from domain.facts import IncidentCancelled, IncidentDetected
from domain.messages import Outgoing, Recipient
from domain.requests import Ask, Reply, Request
from domain.rules.instalments import instalments_due
from domain.state import Channel
from tests.domain.rules.happenings import ACCOUNT, PARIS, due, instant, opened, stamp
from tests.domain.rules.life import Life

PERIOD = "2026-11"
THREE = [("2026-12-15", "300"), ("2027-01-15", "300"), ("2027-02-15", "300")]
_numbers = count(1)


def firm(**changed: Any) -> Life:
    """A firm of November that owes 900 euros on 15 December."""
    return Life(opened("2026-11-02", **changed)).tell(due("2026-12-02", PERIOD, "2026-12-15", "900"))


def request(life: Life, at: str, asked: Ask, **data: Any) -> Reply:
    life.until(at)
    it = Request(f"request-{next(_numbers)}", asked, data)
    return life.take_step(it)[it.id]


def rows(instalments: list[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"due_on": on, "amount": amount} for on, amount in instalments]


def ask(life: Life, at: str, instalments: list[tuple[str, str]] = THREE, period: str = PERIOD) -> Reply:
    data = {"period": period, "instalments": rows(instalments), "note": "note-1", "by": "enterprise"}
    return request(life, at, Ask.PLAN, **data)


def decide(life: Life, at: str, decision: str, counter: list[tuple[str, str]] | None = None) -> Reply:
    data = {"decision": decision, "instalments": rows(counter or []), "note": "note-2", "by": "alice.martin"}
    return request(life, at, Ask.DECIDE_PLAN, plan=plan(life).id, **data)


def reply(life: Life, at: str, accepted: bool) -> Reply:
    return request(life, at, Ask.REPLY_TO_PLAN, plan=plan(life).id, accepted=accepted, by="enterprise")


def running(instalments: list[tuple[str, str]] = THREE, **changed: Any) -> Life:
    """A plan asked for on 7 December and granted the next day."""
    life = firm(**changed)
    assert ask(life, "2026-12-07", instalments).status == 201
    assert decide(life, "2026-12-08", "accept").status == 200
    return life


def plan(life: Life) -> Plan:
    """The newest one."""
    return list(life.journey.plans.values())[-1]


def told(life: Life) -> list[tuple[str, str]]:
    """Minute and template of each message about plans."""
    found = list(life.of(SendMessage, "PLN"))
    return [(f"{it.at.astimezone(PARIS):%Y-%m-%d %H:%M}", getattr(it.effect, "template", "")) for it in found]


def worked(life: Life) -> list[tuple[str, str]]:
    """Minute and queue of each task about plans."""
    found = list(life.of(OpenTask, "PLN"))
    return [(f"{it.at.astimezone(PARIS):%Y-%m-%d %H:%M}", str(getattr(it.effect, "queue", ""))) for it in found]


def incident(at: str, amount: str | None, kind: str = "unpaid", share: str | None = None) -> IncidentDetected:
    return IncidentDetected(
        **stamp(at),
        account=ACCOUNT,
        period=PERIOD,
        kind=kind,
        amount=None if amount is None else Decimal(amount),
        employee_share=None if share is None else Decimal(share),
        due_on=instant("2026-12-15").date(),
    )


def cancelled(at: str) -> IncidentCancelled:
    return IncidentCancelled(**stamp(at), account=ACCOUNT, period=PERIOD, reason="error")


def left(life: Life) -> list[Decimal]:
    return [it.left for it in instalments_due(life.journey, plan(life))]


def leaving(effect: SendMessage) -> Outgoing:
    facts = {name: str(it) if isinstance(it, Decimal) else it for name, it in effect.facts.items()}
    return Outgoing(effect.template, Purpose.CASE, Channel.MAIL, Recipient.ENTERPRISE, facts, effect.valid_until)
