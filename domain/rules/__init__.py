"""One module per family of rules of the journey: what it absorbs, what it owes and when, what it answers."""

from domain.requests import Answer, Ask
from domain.rules import (
    commitments,
    contact,
    enrolment,
    exit,
    incidents,
    mediation,
    policy,
    recovery,
    referent,
    refunds,
    reminders,
    statements,
    thresholds,
)
from domain.rules.extension import extend

FAMILIES = (referent, enrolment, contact, reminders, thresholds, statements, commitments, exit, policy)

ANSWERS: dict[Ask, Answer] = {Ask.EXTEND: extend}

__all__ = ["ANSWERS", "FAMILIES", "incidents", "mediation", "recovery", "refunds"]
