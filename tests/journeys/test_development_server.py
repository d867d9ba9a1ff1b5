"""A shorter journey on the development server, one journey's clock pushed at a time; and what its history holds."""

from __future__ import annotations

import base64
import json
from datetime import date, datetime, timedelta

from domain.calendar import add_months
from domain.state import Phase
from tests.journeys.town import ACCOUNT, PARIS, Town

PERSONAL = (
    "Boulangerie",
    "Zoé",
    "Lefèvre",
    "zoe@example.org",
    "+33639980001",
    "639980001",
    "Alice",
    "0199000001",
    "Bonjour",
)


def opened_months_ago(months: int) -> date:
    """An opening some months and ten days ago, on a day that every month has: the notice of its end has left."""
    day = datetime.now(PARIS).date() - timedelta(days=10)
    return add_months(day.replace(day=min(day.day, 28)), -months)


async def test_the_last_months_pass_by_fast_forward_and_the_journey_resumes_on_return(real_town: Town) -> None:
    town = real_town
    opened = opened_months_ago(16)
    end = add_months(opened, 18)
    await town.add_agent("alice.martin", "Alice Martin")
    await town.open(opened_on=opened.isoformat(), first_hire_on=opened.isoformat())
    early = await town.ask_extension("too-early")
    assert (early.status, early.rule) == (409, "EXT-2")

    await town.until(end + timedelta(days=6))
    journey = await town.journey()
    assert (journey.phase, journey.close_reason) == (Phase.CLOSED, "term")
    templates = [m.template for m in await town.messages() if m.channel == "mail"]
    told = ["welcome", "exit_notice", "exit_reminder", "closed"]
    assert [it for it in templates if it in told] == told

    back = await town.ask_extension("back")
    assert (back.status, back.rule) == (201, "EXT-4")
    await town.until(end + timedelta(days=90))
    assert (await town.journey()).phase is Phase.ACTIVE
    reminded = [m for m in await town.messages() if m.template == "due_reminder" and m.on > end]
    assert len({m.on for m in reminded}) >= 2


async def test_the_same_request_twice_extends_once(real_town: Town) -> None:
    town = real_town
    opened = opened_months_ago(17)
    await town.open(opened_on=opened.isoformat())
    first = await town.ask_extension("same")
    second = await town.ask_extension("same")
    assert (first.status, second.status) == (201, 201)
    assert first.data == second.data
    assert (await town.journey()).extensions == 1


async def test_no_history_memo_or_search_attribute_holds_a_name_a_mail_a_phone_or_a_text(real_town: Town) -> None:
    town = real_town
    await town.add_agent("alice.martin", "Alice Martin")
    opened = opened_months_ago(17)
    await town.open(opened_on=opened.isoformat(), first_hire_on=opened.isoformat())
    await town.tell("contribution.due", account=ACCOUNT, period="2026-01", due_on="2030-01-15", amount="12.00")
    await town.ask_extension("again")
    await town.until(datetime.now(PARIS).date() + timedelta(days=45))

    history = await town.handle().fetch_history()
    texts = [json.dumps(payload) for payload in _payloads(json.loads(history.to_json()))]
    described = await town.handle().describe()
    texts.append(str(described.raw_description))
    assert len(texts) > 5
    assert any("wake_at" in text for text in texts), "the payloads were not decoded"
    sent = [m.text for m in await town.messages() if m.text]
    assert sent
    for text in texts:
        assert not [word for word in PERSONAL if word in text]
        assert not [said for said in sent if said in text]


def _payloads(node: object) -> list[str]:
    """Every payload of a history, decoded."""
    if isinstance(node, dict):
        own = [base64.b64decode(node["data"]).decode(errors="replace")] if isinstance(node.get("data"), str) else []
        return own + [found for value in node.values() for found in _payloads(value)]
    if isinstance(node, list):
        return [found for value in node for found in _payloads(value)]
    return [node] if isinstance(node, str) else []
