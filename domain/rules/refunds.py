"""INC-11: double payments and refunds, handled simply: a task, an acknowledgement, an answer in time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from hashlib import blake2b

from domain.absorption import Absorbed, absorb, noted
from domain.cases import Refund
from domain.duty import Decided, Duty, OfEachCase, World
from domain.effects import OpenTask, Purpose, Record, SendMessage
from domain.facts import RefundOwed
from domain.identifiers import parse_period
from domain.promises import Commitment, hours
from domain.rules.commitments import promise
from domain.state import Channel, Journey
from domain.words import euros, the_period


@absorb.register
def _(fact: RefundOwed, journey: Journey) -> Absorbed:
    what = "Double paiement" if fact.doubled else "Remboursement dû"
    lines = noted("INC-11", f"{what} pour {the_period(fact.period)} : {euros(fact.amount)}", fact)
    parts = f"refund|{journey.siren}|{fact.account}|{fact.period}|{fact.amount.normalize()}"
    found = blake2b(parts.encode(), digest_size=12).hexdigest()
    refund = Refund(found, fact.account, fact.period, fact.amount, fact.doubled, fact.received_at, fact.id)
    known = journey.refunds.get(found, refund)
    first = min(known, refund, key=lambda it: (it.noticed_at, it.event_id))
    return journey.but(refunds={**journey.refunds, found: first}), lines


def _owed(refund: Refund, journey: Journey, world: World) -> Iterator[Duty]:
    """For each sum owed back: the task and its clock at once, the acknowledgement in the window."""
    if _is_ours(journey, refund):
        yield Duty(refund.noticed_at, _key(refund), partial(_handling, refund))
        promised = _promise_of(journey, refund)
        if promised:
            yield _acknowledgement(refund, promised.due_at, world)


duties = OfEachCase("refunds", _owed)


def _is_ours(journey: Journey, refund: Refund) -> bool:
    """Noticed while the journey runs, or promised an answer then (EXT-6)."""
    return journey.is_open or _promise_of(journey, refund) is not None


def _promise_of(journey: Journey, refund: Refund) -> Commitment | None:
    return journey.commitments.get(f"refund:{_key(refund)}")


def _key(refund: Refund) -> str:
    return f"INC-11:{refund.id}"


def _handling(refund: Refund, journey: Journey, world: World) -> Decided:
    answer_by = world.calendar.after(world.now, hours(world.policy.refund_answer_hours))
    task = OpenTask(
        rule="INC-11",
        summary=f"{'Double paiement' if refund.doubled else 'Remboursement'} de {euros(refund.amount)} : répondre",
        key=_key(refund),
        task="refund",
        due_at=world.calendar.last_useful_hour(answer_by),
        guidance=(
            "Vérifier la somme et le compte",
            "Rembourser, ou imputer si l'entreprise le préfère",
            "Répondre par écrit : la tâche se termine avec la lettre",
        ),
        about=f"request:{refund.id}",
        event_id=refund.event_id,
    )
    journey, promised = promise(journey, "refund", "INC-11", _key(refund), world.now, answer_by)
    return journey, (task, promised)


def _acknowledgement(refund: Refund, answer_by: datetime, world: World) -> Duty:
    message = SendMessage(
        rule="INC-11",
        summary=f"Remboursement pour {the_period(refund.period)} : prise en charge annoncée",
        subject=f"refund:{refund.id}",
        template="refund_received",
        purpose=Purpose.CASE,
        channels=(Channel.MAIL,),
        facts={
            "refund": refund.id,
            "period_label": parse_period(refund.period).label,
            "amount": refund.amount,
            "doubled": refund.doubled,
            "hours": world.policy.refund_answer_hours,
        },
        copy_accountant=True,
        event_id=refund.event_id,
    )
    late = Record(rule="INC-11", summary="Accusé de réception trop tardif : la réponse est due", label="skipped")
    return Duty.of(refund.noticed_at, f"{_key(refund)}:told", (message,), until=answer_by, late=(late,))
