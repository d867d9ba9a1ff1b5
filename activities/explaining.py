"""Why something was sent, was not, or will be: a journey or one of its messages, told in French from what is stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from domain.forecast import Upcoming
from domain.policy import Policy
from domain.rules.term import shown_end
from domain.sentences import sentence
from domain.state import Journey
from domain.vocabulary import event_name, facts_said, instant_said
from domain.words import day

LATEST, AHEAD = 12, 10

PHASES = {"active": "en cours", "notice": "en préavis de fin", "closed": "terminé"}
STATUSES = {
    "queued": "décidé, pas encore parti",
    "sending": "en train de partir",
    "sent": "parti, sans accusé de remise",
    "delivered": "remis",
    "failed": "pas remis",
    "unknown": "peut-être parti : le prestataire n'a pas répondu",
    "dropped": "pas parti",
}
ASKED = ("decision", "request")
"""Lines of what a person decided or asked for."""
RECIPIENTS = {
    "enterprise": "à l'entreprise",
    "accountant": "en copie à l'expert-comptable",
    "proposed": "à une adresse proposée",
}


@dataclass(frozen=True)
class Dossier:
    """What is stored of a journey, and what its rules foresee."""

    journey: Journey
    policy: Policy
    timeline: Sequence[Row[Any]]
    messages: Sequence[Row[Any]]
    upcoming: Sequence[Upcoming]

    def when(self, at: datetime) -> str:
        """An instant in the organisation's time zone, in a column: ``16/11/2026 09:12``."""
        local = at.astimezone(self.policy.calendar.zoneinfo)
        return f"{day(local.date())} {local:%H:%M}"

    def said(self, at: datetime) -> str:
        """The same in a sentence: ``16/11/2026 à 9 h 12``."""
        return instant_said(at.astimezone(self.policy.calendar.zoneinfo))


@dataclass(frozen=True)
class Trace:
    """A message, the event it answers if any, and its receipts."""

    row: Row[Any]
    events: Sequence[Row[Any]]
    receipts: Sequence[Row[Any]]


def journey_lines(dossier: Dossier) -> list[str]:
    """The latest decisions, what did not leave and why, the messages, what comes next."""
    decisions = [it for it in dossier.timeline if it.kind not in ("event", "skipped")][-LATEST:]
    skipped = [it for it in dossier.timeline if it.kind == "skipped"][-LATEST:]
    upcoming = dossier.upcoming[:AHEAD]
    rules = {it.rule for it in (*decisions, *skipped)} | {it.effect.rule for it in upcoming}
    return [
        _heading(dossier),
        *_section("Dernières décisions", (_decided(dossier, it) for it in decisions)),
        *_section("Ce qui n'est pas parti, et pourquoi", (_decided(dossier, it) for it in skipped)),
        *_section("Derniers messages", (_message(dossier, it) for it in dossier.messages[-LATEST:])),
        *_section("Ce qui vient, si rien de nouveau n'arrive", (_ahead(dossier, it) for it in upcoming)),
        *_section("Les règles citées", map(sentence, sorted(rules))),
    ]


def _heading(dossier: Dossier) -> str:
    journey = dossier.journey
    end = day(shown_end(journey, dossier.policy))
    ends = f"depuis le {end}" if journey.closed_at else f"jusqu'au {end}"
    opened = f"compte ouvert le {day(journey.opened_on)}"
    return f"Parcours {journey.siren}, {dossier.policy.name} : {PHASES[journey.phase]} {ends}, {opened}"


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    found = list(lines)
    yield ""
    yield f"{title} :"
    yield from (f"  {line}" for line in found or ["rien"])


def _decided(dossier: Dossier, line: Row[Any]) -> str:
    return f"{dossier.when(line.at)}  {line.rule:<7} {line.summary}"


def _ahead(dossier: Dossier, step: Upcoming) -> str:
    return f"{dossier.when(step.at)}  {step.effect.rule:<7} {step.summary}"


def _message(dossier: Dossier, row: Row[Any]) -> str:
    what = f"{row.rule:<7} {row.channel} {RECIPIENTS[row.recipient]}"
    return f"{dossier.when(row.queued_at)}  {what} : {_status(row)}  [{row.id}]"


def _status(row: Row[Any]) -> str:
    return f"{STATUSES[row.status]} ({row.reason})" if row.reason else STATUSES[row.status]


def message_lines(dossier: Dossier, trace: Trace) -> list[str]:
    """The rule, the event, the facts, the instants, the receipts, or why it did not leave."""
    row = trace.row
    return [
        f"Message {row.id} : {row.channel} {RECIPIENTS[row.recipient]}, modèle {row.template}",
        *(f"{label:<12}: {said}" for label, said in told(dossier, trace)),
        *([f"{'Identifiant':<12}: {row.event_id}"] if row.event_id else []),
        *_section("Les faits au moment de décider", facts(dossier, row)),
        *_section("Les accusés du prestataire", receipts(dossier, trace)),
    ]


def told(dossier: Dossier, trace: Trace) -> list[tuple[str, str]]:
    """What decided a message, when, and what became of it, each under its French label."""
    row = trace.row
    left = [("Parti le", dossier.said(row.sent_at))] if row.sent_at else []
    return [
        ("Règle", sentence(row.rule)),
        ("Décision", _decision(dossier, row)),
        ("Événement", _event(dossier, trace)),
        ("Décidé le", dossier.said(row.queued_at)),
        *left,
        ("État", _status(row)),
    ]


def _decision(dossier: Dossier, row: Row[Any]) -> str:
    """The line of the timeline written with the message; of one tried again, the other channel has it."""
    same = (it for it in dossier.timeline if it.kind == "message" and it.at == row.queued_at)
    return next((it.summary for it in same if it.rule in (row.rule, "COM-3")), "aucune ligne : écrit à la main")


def _event(dossier: Dossier, trace: Trace) -> str:
    if not trace.row.event_id:
        return _without_event(dossier, trace.row)
    if not trace.events:
        return "un fait du parcours lui-même"
    return " ; ".join(
        f"{event_name(it.type)} : survenu le {dossier.said(it.time)}, reçu le {dossier.said(it.received_at)}"
        for it in trace.events
    )


def _without_event(dossier: Dossier, row: Row[Any]) -> str:
    """What was asked or decided at that instant, by whom when an agent decided; else the calendar of the rules."""
    same = (it for it in dossier.timeline if it.at == row.queued_at and it.kind in ASKED)
    line = next(same, None)
    if line is None:
        return "aucun : le calendrier du parcours"
    who = _decided_by(dossier.journey, row)
    return f"aucun : {line.summary}" + (f", décidé par {who}" if who else "")


def _decided_by(journey: Journey, row: Row[Any]) -> str | None:
    plan = journey.plans.get(row.facts.get("plan") or "")
    if plan and plan.decided_at == row.queued_at:
        return None if plan.decided_by == "policy" else plan.decided_by
    given = journey.answers.get(row.facts.get("request") or "")
    return given.by if given and given.at == row.queued_at else None


def facts(dossier: Dossier, row: Row[Any]) -> Iterator[str]:
    """What was known when a message was decided."""
    yield from facts_said(row.facts, dossier.policy.calendar.zoneinfo)
    if row.valid_until:
        yield f"utile jusqu'au {dossier.said(row.valid_until)}"


def receipts(dossier: Dossier, trace: Trace) -> Iterator[str]:
    """What the provider said, in the order it came."""
    yield from (_receipt(dossier, it) for it in trace.receipts)


def _receipt(dossier: Dossier, receipt: Row[Any]) -> str:
    code = f", code {receipt.code}" if receipt.code else ""
    return f"{dossier.said(receipt.happened_at)}  {STATUSES.get(receipt.status, receipt.status)}{code}"
