"""What must be true once the storm is over: the providers' counts against the ledger, and the ledger's own proof."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from cli.ledger import prove
from db.tables import bookings, events, messages
from tests.chaos.postman import Postman
from tests.chaos.providers import StormSendGrid, StormTwilio
from tests.chaos.work import Work

LEFT = {"sent", "delivered"}
ON_ITS_WAY = {"queued", "sending"}
LETTERS = select(*(messages.c[name] for name in ("id", "siren", "channel", "template", "status", "to", "text")))
MAY_HAVE_LEFT = LEFT | {"unknown", "failed"}


@dataclass
class Verdict:
    """Counts of messages by end, and everything that is wrong."""

    ends: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


async def judge(
    engine: AsyncEngine, work: Work, twilio: StormTwilio, sendgrid: StormSendGrid, postman: Postman
) -> Verdict:
    """Compare what was promised, what is stored and what the providers took."""
    verdict = Verdict()
    await _letters(engine, verdict, twilio, sendgrid, postman)
    await _events(engine, verdict, work)
    await _slots(engine, verdict, work)
    for subject, proof in (await prove(engine)).items():
        verdict.wrong += [f"ledger, {subject}: {example}" for example in proof.examples if proof.amiss]
    return verdict


async def _letters(
    engine: AsyncEngine, verdict: Verdict, twilio: StormTwilio, sendgrid: StormSendGrid, postman: Postman
) -> None:
    taken = Counter(str(mail["message_id"]) for mail in sendgrid.accepted)
    texts = Counter((sms["to"], sms["body"].strip()) for sms in twilio.accepted)
    async with engine.connect() as connection:
        async for row in await connection.stream(LETTERS):
            copies = taken[str(row.id)] if row.channel == "mail" else texts[row.to, (row.text or "").strip()]
            verdict.ends[f"{row.channel} {row.status}"] += 1
            wrong = _wrong(row.status, copies, proved=str(row.id) in postman.told)
            if wrong:
                what = f"{row.channel} {row.template} of {row.siren} is {row.status}, {copies} left"
                verdict.wrong.append(f"{wrong}: {what}")


def _wrong(status: str, copies: int, *, proved: bool) -> str | None:
    if copies > 1:
        return "doubled"
    if status in ON_ITS_WAY:
        return "forgotten"
    if status in LEFT and copies == 0:
        return "lost"
    if proved and status != "delivered":
        return "not settled by its receipt"
    return "not known to have left" if copies and status not in MAY_HAVE_LEFT else None


async def _events(engine: AsyncEngine, verdict: Verdict, work: Work) -> None:
    async with engine.connect() as connection:
        rows = (await connection.execute(select(events.c.id, events.c.status).where(events.c.source == "/chaos"))).all()
    stored = {row.id for row in rows}
    verdict.ends["event applied"] = sum(row.status == "applied" for row in rows)
    verdict.wrong += [f"event {lost} was accepted and is not stored" for lost in sorted(work.senders.told - stored)]
    verdict.wrong += [f"event {row.id} is {row.status}" for row in rows if row.status != "applied"]


async def _slots(engine: AsyncEngine, verdict: Verdict, work: Work) -> None:
    """Every booking that was confirmed stands, and no slot twice."""
    async with engine.connect() as connection:
        held = {row.siren: str(row.slot) for row in await connection.execute(select(bookings))}
    for siren, slot in work.appointments.booked.items():
        if held.get(siren) != slot:
            verdict.wrong.append(f"{siren} was told that it has slot {slot}, the database says {held.get(siren)}")
    twice = [slot for slot, number in Counter(work.appointments.booked.values()).items() if number > 1]
    verdict.wrong += [f"slot {slot} was given twice" for slot in twice]
