"""Cases on the pages: a counter-proposal, an appointment, free slots, and the rules that answer without Temporal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from html import unescape
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from activities.contract import StepOrder
from activities.stepping import Stepping
from db import notes, slots
from db.slots import Published
from domain.cases import Appointment, AppointmentStatus, Instalment, Plan, PlanStatus, Slot
from domain.promises import Commitment
from domain.requests import Reply, Request
from domain.rules.plans import clock_of
from domain.state import Health
from tests.domain.rules.life import RULEBOOK
from tests.web.conftest import JOURNEY, NOW, SIREN, TODAY, Pages
from workflows.client import NoAnswer

PARIS = ZoneInfo("Europe/Paris")
ALICE, BRUNO = "alice.martin", "bruno.petit"
DOWN = NoAnswer("RPCError")


def instalments(*amounts: str) -> tuple[Instalment, ...]:
    """One every thirty days."""
    return tuple(
        Instalment(TODAY + timedelta(days=30 * rank), Decimal(amount)) for rank, amount in enumerate(amounts, 1)
    )


COUNTERED = Plan(
    id="plan-1",
    account=JOURNEY.account,
    period="2026-01",
    instalments=instalments("300", "300", "300"),
    debt=Decimal("900"),
    requested_at=NOW - timedelta(days=3),
    requested_by="enterprise",
    status=PlanStatus.COUNTERED,
    counter=instalments("450.50", "449.50"),
    counter_until=NOW + timedelta(days=4),
    decided_at=NOW - timedelta(days=1),
    decided_by="alice.martin",
)
OFFERED = Appointment(
    id="rdv-1",
    kind="initial",
    status=AppointmentStatus.OFFERED,
    offered_at=NOW - timedelta(hours=1),
    offer_until=NOW + timedelta(days=25),
)


async def every_case(pages: Pages, **changes: Any) -> dict[str, str]:
    """A journey with a plan and appointments at each stage, slots being free; return the pages of them all, by name."""
    (free, *_) = await publish(pages, at(3), at(4, 9), at(11))
    booked = replace(OFFERED, id="rdv-2", status=AppointmentStatus.BOOKED, slot=free, format="phone")
    over = replace(OFFERED, id="rdv-3", status=AppointmentStatus.EXPIRED)
    running = replace(COUNTERED, id="plan-2", period="2026-02", status=PlanStatus.RUNNING, debt=Decimal("900"))
    await pages.become(
        plans={it.id: it for it in (COUNTERED, running)},
        appointments={it.id: it for it in (OFFERED, booked, over)},
        **changes,
    )
    taken = pages.link("slot", booked.id)
    return {
        "reply": pages.link("reply", COUNTERED.id),
        "replied": pages.link("reply", running.id),
        "slot": pages.link("slot", OFFERED.id),
        "later slots": f"{pages.link('slot', OFFERED.id)}?depuis={TODAY + timedelta(days=10)}",
        "no slot": f"{pages.link('slot', OFFERED.id)}?depuis={TODAY + timedelta(days=90)}",
        "decline slot": f"{pages.link('slot', OFFERED.id)}?annuler",
        "appointment": f"{taken}?fait",
        "move": f"{taken}?deplacer",
        "cancel": f"{taken}?annuler",
        "no longer offered": pages.link("slot", over.id),
    }


async def counter(pages: Pages, **changes: Any) -> str:
    """A journey with a plan; return the link of its message."""
    plan = replace(COUNTERED, **changes)
    clock = Commitment(
        id=clock_of(plan),
        kind="plan_answer",
        rule="PLN-4",
        subject=plan.id,
        started_at=plan.requested_at,
        due_at=NOW + timedelta(hours=12),
        paused_at=NOW if plan.missing else None,
        met_at=plan.decided_at if not plan.is_pending else None,
    )
    await pages.become(plans={plan.id: plan}, commitments={clock.id: clock})
    return pages.link("reply", plan.id)


async def offer(pages: Pages, *, sms: Health = Health.OK, **changes: Any) -> str:
    """A journey with an appointment; return the link of its message."""
    appointment = replace(OFFERED, **changes)
    await pages.become(appointments={appointment.id: appointment}, sms=sms)
    return pages.link("slot", appointment.id)


def at(days: int, hour: int = 10, *formats: str) -> Published:
    """A slot in some days, at an hour of Paris."""
    local = datetime.combine(TODAY + timedelta(days=days), time(hour), PARIS)
    return Published(local.astimezone(UTC), 30, formats or ("in_person", "phone", "video"))


async def publish(pages: Pages, *published: Published, agent: str = ALICE) -> list[Slot]:
    """The slots of an agent ahead."""
    async with pages.engine.begin() as connection:
        return list(await slots.publish(connection, JOURNEY.organisation, agent, published, NOW))


async def write_note(pages: Pages, text: str) -> str:
    async with pages.engine.begin() as connection:
        note = await notes.keep(
            connection, siren=SIREN, organisation=JOURNEY.organisation, subject="plan", author=ALICE, text=text
        )
    return note.id


@dataclass
class Steps:
    """Answers as a worker does, by the real rules in a real transaction; remembers what was asked."""

    engine: AsyncEngine
    asked: list[Request] = field(default_factory=list)
    failure: Exception | None = None

    def __post_init__(self) -> None:
        self._stepping, self._numbers = Stepping(self.engine, RULEBOOK), count(1)

    async def ask(self, _: Client, siren: str, request: Request) -> Reply:
        self.asked.append(request)
        if self.failure:
            raise self.failure
        return await self.take(request, siren)

    async def take(self, request: Request, siren: str = SIREN) -> Reply:
        order = StepOrder(siren, "chain", next(self._numbers), datetime.now(UTC), (request,))
        return (await self._stepping.take_step(order)).replies[request.id]


async def read(pages: Pages, link: str) -> str:
    """The words of a page, as a browser would show them."""
    answer = await pages.browser.get(link)
    assert answer.status_code == 200
    return unescape(answer.text)


async def choose(pages: Pages, link: str, slot: Slot, means: str = "video", act: str = "reserver") -> httpx.Response:
    """Press the button of the page of free slots."""
    form = {"acte": act, "creneau": f"{slot.id} {means}", "vue": "first"}
    return await pages.browser.post(link, data=form)


def ids(asked: Sequence[Request]) -> list[str]:
    return [request.id for request in asked]
