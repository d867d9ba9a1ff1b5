"""The worst letters about incidents, refunds and mediation."""

from datetime import date
from decimal import Decimal
from typing import Any

AMOUNT = Decimal("9999999.99")
MONDAY = date(2026, 11, 16)
KINDS = ("unpaid", "debit_rejected", "partial_payment", "undeclared", "dsn_technical")


def _about(kind: str = "unpaid", amount: Decimal | None = AMOUNT, **own: Any) -> dict[str, Any]:
    said = {"kind": kind, "period_label": "4e trimestre 2026", "amount": amount}
    return {**said, "was_due_on": MONDAY if amount else None, **own}


AMOUNTS = (AMOUNT, None)
SERVED: dict[str, Any] = {"served_amount": AMOUNT, "served_on": MONDAY, "reply_by": date(2026, 12, 16)}

INCIDENTS: dict[str, list[dict[str, Any]]] = {
    "incident_opened": [
        _about(kind, amount, act_by=MONDAY, broken_plan=broken, plan_pending=pending)
        for kind in KINDS
        for amount in AMOUNTS
        for broken in (True, False)
        for pending in (True, False)
    ],
    "difficulty_received": [
        _about("difficulty_announced", amount, has_accountant=accountant)
        for amount in AMOUNTS
        for accountant in (True, False)
    ],
    "incident_followup": [
        _about(kind, amount, step=step) for kind in KINDS for amount in AMOUNTS for step in ("first", "second")
    ],
    "incident_last_call": [
        _about(amount=amount, thirtieth_on=MONDAY, right_to_error=told, ceiling=ceiling)
        for amount in AMOUNTS
        for told in (True, False)
        for ceiling in (Decimal(4005), None)
    ],
    "incident_paid": [_about(remission=it) for it in ("proposed", "asked", "on_request", "none")],
    "incident_cancelled": [_about(remission="none")],
    "incident_handed_over": [_about(amount=amount, remission="on_request") for amount in AMOUNTS],
    "incident_repeated": [_about(amount=amount, number=2) for amount in AMOUNTS],
    "notice_served": [_about(**SERVED, plan=plan) for plan in ("running", "pending", None)],
    "writ_served": [_about(**SERVED, plan=plan) for plan in ("running", "pending", None)],
    "refund_received": [
        {"period_label": "4e trimestre 2026", "amount": AMOUNT, "doubled": doubled, "hours": 48}
        for doubled in (True, False)
    ],
    "remission_decided": [
        {"period_label": "4e trimestre 2026", "granted": granted, "remitted": amount, "note_text": text}
        for granted in (True, False)
        for amount in AMOUNTS
        for text in ("Le dossier montre une difficulté passagère. " * 4, None)
    ],
    "mediation_received": [{"hours": 48}],
    "problem_received": [{"hours": 48}],
    "call_missed": [{"attempts": 3}],
    "request_answer": [
        {"what": what, "note_text": text}
        for what in ("votre demande de médiation", "votre demande de rendez-vous", "la remise de vos majorations")
        for text in ("Nous avons relu votre dossier et corrigé le compte. " * 40, "Oui.")
    ],
    "survey": [{"moment": moment} for moment in ("appointment", "incident")],
}
