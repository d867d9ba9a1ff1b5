"""INC-12: the decision on a remission is told in writing, and ends what waited for it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile

from domain.absorption import Absorbed, absorb, noted
from domain.cases import Remission, RemissionDecision
from domain.duty import Duty, World
from domain.effects import Purpose, SendMessage
from domain.facts import RemissionDecided
from domain.identifiers import parse_period
from domain.rules.incidents import incident_id
from domain.state import Journey
from domain.words import euros, of_period


@absorb.register
def _(fact: RemissionDecided, journey: Journey) -> Absorbed:
    found = incident_id(journey.siren, fact.account, fact.period)
    said = RemissionDecision(fact.at, fact.id, fact.granted, fact.amount, fact.received_at)
    known = journey.remissions[found].decisions if found in journey.remissions else ()
    decisions = sorted({it.event_id: it for it in (said, *known)}.values(), key=lambda it: (it.at, it.event_id))
    remission = Remission(found, fact.account, fact.period, tuple(decisions))
    lines = noted("INC-12", in_words(remission, said), fact)
    return journey.but(remissions={**journey.remissions, found: remission}), lines


def in_words(remission: Remission, decision: RemissionDecision) -> str:
    """What was decided, in a line."""
    if not decision.granted:
        return f"Remise des majorations {of_period(remission.period)} refusée"
    amount = f" : {euros(decision.amount)}" if decision.amount is not None else ""
    return f"Remise des majorations {of_period(remission.period)} accordée{amount}"


def duties(journey: Journey, _world: World) -> Iterator[Duty]:
    """The letter, once for each decision that is not what was decided before."""
    for remission in journey.remissions.values():
        same = _standing(remission)
        told = any(_key(remission, it) in journey.done for it in same)
        if not told and _is_ours(journey, remission):
            yield Duty.of(same[0].noticed_at, _key(remission, same[0]), (_letter(remission, same[0]),))


def _standing(remission: Remission) -> tuple[RemissionDecision, ...]:
    """The newest decision and those just before that say the same, in the order taken: told again, told once."""
    newest = remission.decisions[-1]
    content = (newest.granted, newest.amount)
    same = takewhile(lambda it: (it.granted, it.amount) == content, reversed(remission.decisions))
    return tuple(same)[::-1]


def _is_ours(journey: Journey, remission: Remission) -> bool:
    """Decided while the journey runs, or on what was asked for or proposed then (EXT-6)."""
    asked = f"INC-8:{remission.id}"
    return journey.is_open or any(key == asked or key.startswith(f"{asked}:") for key in journey.done)


def _key(remission: Remission, decision: RemissionDecision) -> str:
    return f"INC-12:{remission.id}:{decision.event_id}"


def _letter(remission: Remission, decision: RemissionDecision) -> SendMessage:
    return SendMessage(
        rule="INC-12",
        summary=f"Décision annoncée par écrit. {in_words(remission, decision)}",
        subject=f"remission:{remission.id}:{decision.event_id}",
        template="remission_decided",
        purpose=Purpose.CASE,
        facts={
            "contribution": f"{remission.account}/{remission.period}",
            "period_label": parse_period(remission.period).label,
            "granted": decision.granted,
            "remitted": decision.amount,
            "remission_event": decision.event_id,
        },
        copy_accountant=True,
        critical=True,
        event_id=decision.event_id,
    )
