"""From outside: a debt, a plan asked for and accepted, its event at a subscriber's door, an appointment booked."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests.e2e.conftest import SIREN, System, bearer
from tests.e2e.test_from_an_event_to_its_receipt import ACCOUNT, MINE, enrol
from tests.fakes.subscriber import SECRET, FakeSubscriber


async def post(system: System, path: str, body: dict[str, Any], key: str, token: str = "agt") -> httpx.Response:
    return await system.api.post(path, json=body, headers={**bearer(token), "Idempotency-Key": key})


async def owe(system: System) -> None:
    due_on = (datetime.now(UTC).date() + timedelta(days=12)).isoformat()
    due = {"account": ACCOUNT, "period": "2030-01", "due_on": due_on, "amount": "900.00", "employee_share": "100.00"}
    await system.post_event("contribution.due", **due)
    await system.until(f"{MINE}/timeline", lambda lines: any("janvier 2030" in line["summary"] for line in lines))


async def test_a_plan_is_decided_once_and_its_subscribers_hear_of_it(system: System) -> None:
    await enrol(system)
    await owe(system)
    async with FakeSubscriber() as subscriber:
        wanted = {"url": subscriber.url, "types": ["plan.decided"], "secret": SECRET}
        assert (await post(system, "/v1/subscriptions", wanted, "s", "adm")).status_code == 201
        due_on = (datetime.now(UTC).date() + timedelta(days=40)).isoformat()
        body = {"period": "2030-01", "instalments": [{"due_on": due_on, "amount": "900.00"}], "reason": "Trésorerie"}
        first, again = [await post(system, f"{MINE}/plans", body, "p") for _ in range(2)]
        assert (first.status_code, first.json()) == (201, again.json())
        decision = f"/v1/plans/{first.json()['id']}/decision"
        answers = await asyncio.gather(*(post(system, decision, {"decision": "accept"}, key) for key in ("d1", "d2")))
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        [plan] = (await system.get(MINE))["plans"]
        assert plan["status"] == "running"
        while not subscriber.accepted:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    [event] = subscriber.accepted
    assert (event["type"], event["subject"]) == ("fr.urssaf.parcours.plan.decided", SIREN)


async def test_an_appointment_is_booked_on_a_slot_of_its_agent(system: System) -> None:
    await enrol(system)
    starts_at = datetime.now(UTC).replace(microsecond=0) + timedelta(days=4)
    slot = {"starts_at": starts_at.isoformat(), "minutes": 30, "formats": ["phone"]}
    availability = "/v1/agents/alice.martin/availability"
    answer = await system.api.put(availability, json={"slots": [slot]}, headers=bearer("agt"))
    [published] = answer.json()["slots"]
    asked = await post(system, f"{MINE}/appointments", {"kind": "other", "format": "phone"}, "a")
    booking = f"/v1/appointments/{asked.json()['id']}/booking"
    booked = await post(system, booking, {"slot": published["id"]}, "b")
    assert (booked.status_code, booked.json()["status"], booked.json()["slot"]) == (200, "booked", published["id"])
    assert await system.get(f"/v1/slots?siren={SIREN}") == []
