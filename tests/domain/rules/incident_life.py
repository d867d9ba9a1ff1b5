"""A life with incidents: what Urssaf's systems say of them, and what is asked."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from domain.cases import Incident, Stage
from domain.effects import Publish
from domain.facts import IncidentCancelled, IncidentDetected, ProceedingChanged, RecoveryServed, RefundOwed, TaskDone
from domain.promises import Commitment
from domain.requests import Ask, Reply, Request
from tests.domain.rules.happenings import ACCOUNT, instant, opened, stamp
from tests.domain.rules.life import Life

PERIOD = "2026-10"
DUE_ON = "2026-11-16"
DETECTED_ON = "2026-11-18"


def detected(at: str = DETECTED_ON, amount: str | None = "1000", **changed: Any) -> IncidentDetected:
    """An unpaid period of October 2026, due on Monday 16 November."""
    usual: dict[str, Any] = {
        "account": ACCOUNT,
        "period": PERIOD,
        "kind": "unpaid",
        "amount": None if amount is None else Decimal(amount),
        "employee_share": None,
        "due_on": date.fromisoformat(DUE_ON),
    }
    return IncidentDetected(**stamp(at), **(usual | changed))


def cancelled(at: str, period: str = PERIOD) -> IncidentCancelled:
    return IncidentCancelled(**stamp(at), account=ACCOUNT, period=period, reason="erreur")


def served(at: str, reply_by: str, stage: Stage = Stage.NOTICE) -> RecoveryServed:
    return RecoveryServed(
        **stamp(at),
        stage=stage,
        account=ACCOUNT,
        period=PERIOD,
        amount=Decimal("1050"),
        served_on=instant(at).date(),
        reply_by=date.fromisoformat(reply_by),
    )


def refund(at: str, amount: str = "250", *, doubled: bool = False) -> RefundOwed:
    return RefundOwed(**stamp(at), doubled=doubled, account=ACCOUNT, period=PERIOD, amount=Decimal(amount))


def proceeding(at: str, kind: str, *, opened: bool) -> ProceedingChanged:
    on = instant(at).date()
    return ProceedingChanged(**stamp(at), proceeding=kind, reference="R1", opened=opened, on=on)


def done(at: str, key: str, outcome: str = "done", again_by: str | None = None) -> TaskDone:
    return TaskDone(**stamp(at), key=key, outcome=outcome, again_by=instant(again_by) if again_by else None)


def young(**changed: Any) -> Life:
    """An account opened on 1 October 2026, lived to the morning of 17 November."""
    return Life(opened("2026-10-01", **changed)).until("2026-11-17 08:00")


def unpaid(**changed: Any) -> Life:
    return young(**changed).tell(detected())


def ask(life: Life, at: str, what: Ask, **data: Any) -> Reply:
    life.until(at)
    request = Request(f"{what}-{at}", what, {"by": "enterprise"} | data)
    return life.take_step(request)[request.id]


def ask_for_plan(life: Life, at: str, *instalments: tuple[str, str]) -> Reply:
    drawn = [{"due_on": on, "amount": amount} for on, amount in instalments]
    return ask(life, at, Ask.PLAN, period=PERIOD, instalments=drawn, note="n")


def decide(life: Life, at: str, plan: str, decision: str) -> Reply:
    return ask(life, at, Ask.DECIDE_PLAN, plan=plan, decision=decision, instalments=[], note="n")


def incident(life: Life) -> Incident:
    return life.journey.incidents[next(iter(life.journey.incidents))]


def published(life: Life) -> list[tuple[str, str, str]]:
    """Day, type and reason of each event out, those of other rooms left aside."""
    ours = ((it.on, it.effect) for it in life.of(Publish, "INC"))
    return [(on, it.type, it.data["reason"]) for on, it in ours if isinstance(it, Publish)]


def commitments(life: Life, kind: str) -> list[Commitment]:
    return [it for it in life.journey.commitments.values() if it.kind == kind]
