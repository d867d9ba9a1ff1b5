"""A hundred French realities through event, letter, SMS, calendar and search, and back."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from email.utils import getaddresses
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.absorbing import absorb_pending
from activities.contract import StepOrder
from activities.invitations import enclosed
from activities.stepping import Stepping
from activities.wording import Filled, fill
from db import enterprises, journeys, letters
from domain.phones import shown, takes_sms
from domain.state import Health
from domain.texts import one_line
from notifications.links import Links
from notifications.ports import Letter
from notifications.rendering import Rendered, render
from notifications.sendgrid.sender import SendGridSender
from notifications.sms import segments
from tests.api.examples import event
from tests.api.french_realities import Reality, hundred
from tests.domain.rules.life import RULEBOOK
from tests.fakes.sendgrid import FakeSendGrid
from tests.notifications.calendar_readers import READERS

ALL = hundred()
LINKS = Links("a key for tests", "https://parcours.exemple.fr")
STARTS = datetime(2026, 12, 10, 13, 30, tzinfo=UTC)
MONTH = "2026-10"


def told(it: Reality) -> list[dict[str, Any]]:
    """An account opened, what it owes, and its payment under another spelling of the account."""
    opened_on = (date.today() - timedelta(days=20)).isoformat()
    opened = {
        "organisation": "urssaf-idf",
        "account": it.account[0],
        "opened_on": opened_on,
        "first_hire_on": opened_on,
        "name": it.name,
        "headcount": 2,
        "contact": {"name": it.person, "email": it.mail[0], "phone": it.phone[0]},
    }
    due = {"account": it.account[1], "period": MONTH, "due_on": "2026-11-16", "amount": "1240.50"}
    paid = {"account": it.account[0].lower(), "period": MONTH, "amount": "1240.50", "received_on": "2026-11-16"}
    said = (("account.opened", opened), ("contribution.due", due), ("payment.received", paid))
    return [event(data, kind, subject=it.siren, source="insee") for kind, data in said]


@pytest.fixture
async def known(system: httpx.AsyncClient, engine: AsyncEngine) -> httpx.AsyncClient:
    """All of them told in one batch, and enrolled."""
    batch = json.dumps([it for reality in ALL for it in told(reality)])
    headers = {"Content-Type": "application/cloudevents-batch+json"}
    answer = await system.post("/v1/events", content=batch, headers=headers)
    assert (answer.status_code, answer.json()) == (202, {"accepted": 300, "duplicates": 0, "rejected": []})
    for it in ALL:
        async with engine.begin() as connection:
            await absorb_pending(connection, RULEBOOK, it.siren)
        await Stepping(engine, RULEBOOK).take_step(StepOrder(it.siren, "chain", 1, datetime.now(UTC), ()))
    return system


WELCOME = {"first_due": None, "has_accountant": False, "tese": False, "headcount": 2}


async def welcome(engine: AsyncEngine, it: Reality) -> Filled:
    """What its welcome is filled with, whatever the hour."""
    message: Any = SimpleNamespace(
        id=uuid4(), template="welcome", channel="mail", recipient="enterprise", subject="welcome", facts=WELCOME
    )
    async with engine.connect() as connection:
        facts = (await letters.facts(connection, [it.siren]))[it.siren]
        policy = RULEBOOK.world(facts.stored.journey, facts.stored.clock).policy
        return await fill(connection, message, facts, policy, LINKS, datetime.now(UTC))


def letter(filled: Filled, words: Rendered, to: str) -> Letter:
    return Letter("m", "mail", to, filled.address.name, words.subject, words.text, words.html, timedelta(hours=1))


async def test_a_hundred_french_realities_go_through_and_come_back(
    known: httpx.AsyncClient, agent: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    async with FakeSendGrid() as sendgrid:
        sender = SendGridSender(sendgrid.api_key, "parcours@exemple.fr", base_url=sendgrid.base_url)
        for it in ALL:
            await _is_kept(engine, it)
            await _is_found(agent, it)
            filled = await welcome(engine, it)
            _reads_by_sms(filled, it)
            _is_in_calendars(filled, it)
            await _reads_by_mail(filled, it, sender, sendgrid)


async def _is_kept(engine: AsyncEngine, it: Reality) -> None:
    async with engine.connect() as connection:
        row = await enterprises.read(connection, it.siren)
        stored = await journeys.read(connection, it.siren)
    assert row is not None
    assert stored is not None
    assert (row.name, row.contact_name) == (one_line(it.name), one_line(it.person))
    assert (row.email, row.phone) == (it.mail[1], it.phone[1])
    assert stored.journey.sms is (Health.OK if takes_sms(it.phone[1]) else Health.VOICE)
    assert stored.journey.account.replace(" ", "") == it.account[1]
    assert [each.left for each in stored.journey.contributions.values()] == [0]


async def _is_found(agent: httpx.AsyncClient, it: Reality) -> None:
    groups = f"{it.siren[:3]}\u00a0{it.siren[3:6]} {it.siren[6:]}"
    for typed in (it.looked_for, it.looked_for.upper(), it.name, groups):
        answer = await agent.get("/v1/journeys", params={"q": typed, "limit": 100})
        assert answer.status_code == 200, (it.name, typed, answer.text)
        found = {each["siren"]: each["name"] for each in answer.json()["items"]}
        assert found.get(it.siren) == one_line(it.name), (it.name, typed)


async def _reads_by_mail(filled: Filled, it: Reality, sender: SendGridSender, sendgrid: FakeSendGrid) -> None:
    words = render("welcome", "mail", {**filled.context, "copy_for_accountant": True})
    name = " ".join(one_line(it.name).split())
    assert name in words.text
    await sender.send(letter(filled, words, filled.address.to or ""))
    to = sendgrid.accepted.pop()["personalizations"][0]["to"][0]
    assert getaddresses([f"{to['name']} <{to['email']}>"]) == [(one_line(it.person), it.mail[1])]


def _reads_by_sms(filled: Filled, it: Reality) -> None:
    for copy in (False, True):
        text = render("confirm_contact", "sms", {**filled.context, "copy_for_accountant": copy}).text
        assert "?" not in text.replace("confirmer vos coordonnées ?", ""), text
        assert segments(text)[0] == "GSM-7"
        assert segments(text)[1] <= 2


def _is_in_calendars(filled: Filled, it: Reality) -> None:
    booked = {
        "appointment": f"rdv{it.siren}",
        "format": "phone",
        "sequence": 0,
        "starts_at": STARTS,
        "minutes": 45,
        "agent_name": it.person,
    }
    entry = enclosed("appointment_booked", Filled({**filled.context, **booked}, filled.address), it.mail[1], STARTS)
    assert entry is not None
    for reader in READERS:
        (seen,) = reader(entry.content)
        assert (seen.uid, seen.starts_at) == (f"rdv{it.siren}@parcours", STARTS)
    text = entry.content.decode().replace("\r\n ", "")
    assert shown(it.phone[1]) in text
    assert f"mailto:{it.mail[1]}" in text
