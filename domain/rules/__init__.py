"""One module per family of rules of the journey: what it absorbs, what it owes and when, what it answers."""

from domain.duty import Family
from domain.requests import Answer, Ask
from domain.rules import (
    accountant,
    answers,
    appointment_reminders,
    appointment_requests,
    bookings,
    calls,
    commitments,
    contact,
    details,
    difficulties,
    endings,
    enrolment,
    exit,
    followups,
    free_slots,
    growth,
    initial,
    instalments,
    mediation,
    meetings,
    mended_plans,
    newsletter,
    notices,
    outcomes,
    penalties,
    plan_answers,
    plan_clock,
    plan_letters,
    plan_pieces,
    plan_requests,
    policy,
    problems,
    recovery,
    referent,
    refunds,
    reminders,
    remissions,
    repetition,
    statements,
    surveys,
    thresholds,
)
from domain.rules.extension import extend

INCIDENTS = (endings, recovery, penalties, followups, calls, repetition, notices, refunds, remissions)
APPOINTMENTS = (initial, growth, free_slots, appointment_reminders, meetings)
PLANS = (plan_pieces, plan_clock, mended_plans, instalments, plan_letters)

FAMILIES: tuple[Family, ...] = (
    referent,
    enrolment,
    contact,
    details,
    accountant,
    reminders,
    thresholds,
    statements,
    newsletter,
    *INCIDENTS,
    *PLANS,
    *APPOINTMENTS,
    surveys,
    commitments,
    exit,
    policy,
)

ANSWERS: dict[Ask, Answer] = {
    Ask.EXTEND: extend,
    Ask.DIFFICULTY: difficulties.announce,
    Ask.PROMISE: difficulties.note_promise,
    Ask.PLAN: plan_requests.ask_for_plan,
    Ask.MISSING_PIECE: plan_pieces.miss_piece,
    Ask.PIECE_RECEIVED: plan_pieces.receive_piece,
    Ask.DECIDE_PLAN: plan_answers.decide,
    Ask.REPLY_TO_PLAN: plan_answers.reply,
    Ask.APPOINTMENT: appointment_requests.ask,
    Ask.BOOK: bookings.book,
    Ask.RESCHEDULE: bookings.reschedule,
    Ask.CANCEL: bookings.cancel,
    Ask.OUTCOME: outcomes.outcome,
    Ask.MEDIATION: mediation.ask_for_mediation,
    Ask.PROBLEM: problems.tell_problem,
    Ask.ANSWER: answers.answer,
}

__all__ = ["ANSWERS", "FAMILIES"]
