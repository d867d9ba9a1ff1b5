"""From outside: an appointment offered after an incident, chosen, moved and given up from the link of its SMS."""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from icalendar import Calendar

from tests.e2e.conftest import System, bearer
from tests.e2e.test_from_an_event_to_its_receipt import ACCOUNT, MINE, enrol

LINK = re.compile(r"https?://\S+/l/[\w-]+")
CHOICE = re.compile(r'name="creneau" value="(\S+ video)"')
VIEW = re.compile(r'name="vue" value="([^"]+)"')


async def eventually(look: Callable[[], Any]) -> Any:
    """What a look finds at last."""
    for _ in range(200):
        if found := look():
            return found
        await asyncio.sleep(0.1)
    raise AssertionError("it never came")


async def open_slots(system: System, *days: int) -> None:
    morning = datetime.now(UTC).replace(hour=9, minute=0, second=0, microsecond=0)
    slots = [
        {"starts_at": (morning + timedelta(days=day)).isoformat(), "minutes": 30, "formats": ["video"]} for day in days
    ]
    availability = "/v1/agents/alice.martin/availability"
    answer = await system.api.put(availability, json={"slots": slots}, headers=bearer("agt"))
    assert answer.status_code == 200, answer.text


async def fall_behind(system: System) -> None:
    """A first incident, about which the referent offers an appointment."""
    due_on = (datetime.now(UTC).date() - timedelta(days=2)).isoformat()
    incident = {"account": ACCOUNT, "period": "2026-01", "kind": "unpaid", "amount": "900.00", "due_on": due_on}
    assert (await system.post_event("incident.detected", **incident)).status_code == 202
    await system.until(MINE, lambda journey: journey["incidents"])
    body = {"kind": "priority"}
    headers = {**bearer("agt"), "Idempotency-Key": "offer"}
    answer = await system.api.post(f"{MINE}/appointments", json=body, headers=headers)
    assert answer.status_code == 201, answer.text


async def link_of_sms(system: System) -> str:
    def look() -> str | None:
        texts = [sms["body"] for sms in system.twilio.accepted if "Choisissez" in sms["body"]]
        found = LINK.search(texts[0]) if texts else None
        return found.group() if found else None

    return str(await eventually(look))


async def press(system: System, link: str, act: str, query: str = "", nth: int = 0) -> str:
    """Open a page and press its button, the nth choice made; return what the browser is then shown."""
    page = (await system.api.get(link + query)).text
    choices = CHOICE.findall(page)
    form = {"acte": act, "vue": VIEW.findall(page)[0], **({"creneau": choices[nth]} if choices else {})}
    answer = await system.api.post(link, data=form)
    assert answer.status_code == 303, answer.text
    return (await system.api.get(answer.headers["location"])).text


async def entries(system: System, count: int) -> list[tuple[str, int, str]]:
    """Method, sequence and status of the calendar entries mailed so far, once there are as many."""
    found = await eventually(lambda: len(it := _attached(system)) == count and it)
    calendars = [Calendar.from_ical(base64.b64decode(it["content"])) for it in found]
    events = [(it, it.walk("VEVENT")[0]) for it in calendars]
    assert len({str(event["UID"]) for _, event in events}) == 1
    return [(str(it["METHOD"]), int(str(event["SEQUENCE"])), str(event["STATUS"])) for it, event in events]


def _attached(system: System) -> list[dict[str, Any]]:
    return [it for mail in system.sendgrid.accepted for it in mail.get("attachments", [])]


async def test_the_link_of_an_sms_books_moves_and_cancels_with_its_calendar_entry(system: System) -> None:
    await enrol(system)
    await open_slots(system, 2, 3)
    await fall_behind(system)
    link = await link_of_sms(system)
    assert "C'est noté" in await press(system, link, "reserver")
    assert await entries(system, 1) == [("REQUEST", 0, "CONFIRMED")]
    assert "C'est noté" in await press(system, link, "deplacer", "?deplacer")
    assert (await entries(system, 2))[-1] == ("REQUEST", 1, "CONFIRMED")
    assert "est annulé" in await press(system, link, "annuler", "?annuler")
    assert (await entries(system, 3))[-1] == ("CANCEL", 2, "CANCELLED")
    [known] = [it for it in (await system.get(MINE))["appointments"] if it["kind"] == "priority"]
    assert known["status"] == "cancelled"
