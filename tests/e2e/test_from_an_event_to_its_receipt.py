"""From outside: an event in by HTTP, a message out by the real SDKs, a receipt back, each with its rule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from temporalio.testing import TimeSkipper

from activities.contract import workflow_id
from tests.domain.rules.life import RULEBOOK
from tests.e2e.conftest import SIREN, System, bearer

ACCOUNT = "117000001"
MINE = f"/v1/journeys/{SIREN}"


async def enrol(system: System, **changes: object) -> None:
    today = datetime.now(UTC).date()
    ordinary = {
        "organisation": "urssaf-idf",
        "account": ACCOUNT,
        "opened_on": (today - timedelta(days=20)).isoformat(),
        "name": "Boulangerie des Écoles",
        "headcount": 2,
        "naf": "10.71C",
        "periodicity": "monthly",
        "contact": {"name": "Zoé Lefèvre", "email": "zoe@example.org", "phone": "+33639980001"},
        "accountant": None,
        "first_hire_on": (today - timedelta(days=20)).isoformat(),
    }
    answer = await system.post_event("account.opened", **{**ordinary, **changes})
    assert (answer.status_code, answer.json()["accepted"]) == (202, 1)
    await system.until(MINE, lambda journey: journey["phase"] == "active")


async def fast_forward(system: System, days: float) -> None:
    handle = system.temporal.get_workflow_handle(workflow_id(SIREN))
    await TimeSkipper(system.temporal).fast_forward(handle, timedelta(days=days))


async def reach_the_window(system: System) -> None:
    """At night and at week-ends, until letters may leave (COM-2)."""
    now = datetime.now(UTC)
    shut = RULEBOOK.current["urssaf-idf"].calendar.next_open(now) - now
    if shut:
        await fast_forward(system, shut / timedelta(days=1))


async def test_a_reminder_leaves_by_sms_and_mail_with_the_amount_and_its_receipts_come_back(system: System) -> None:
    await enrol(system)
    due_on = datetime.now(UTC).date() + timedelta(days=40)
    while due_on.weekday() != 3:
        due_on += timedelta(days=1)
    due = {"account": ACCOUNT, "period": due_on.strftime("%Y-%m"), "due_on": due_on.isoformat()}
    await system.post_event("contribution.due", **due, amount="1240.50", employee_share=None)
    await fast_forward(system, (due_on - datetime.now(UTC).date()).days)

    def reminded(messages: list[dict[str, object]]) -> bool:
        mine = [m for m in messages if "1240,50" in str(m["text"]) or "1 240,50" in str(m["text"])]
        return {m["channel"] for m in mine if m["status"] == "sent"} == {"sms", "mail"}

    await system.until(f"{MINE}/messages", reminded)
    [sms] = [sms for sms in system.twilio.accepted if "1240,50 EUR" in sms["body"]]
    assert sms["to"] == "+33639980001"
    assert f"{system.url}/webhooks/twilio/status" == sms["status_callback"]
    mail = next(mail for mail in system.sendgrid.accepted if "240,50" in str(mail))
    assert "Zoé" not in str(mail["custom_args"])

    assert (await system.twilio.callback(sms["sid"], "delivered")).status_code == 204
    event = system.sendgrid.event(mail["message_id"], "delivered")
    assert (await system.sendgrid.events(f"{system.url}/webhooks/sendgrid/events", event, event)).status_code == 204
    messages = await system.get(f"{MINE}/messages")
    arrived = [m for m in messages if m["template"] == "due_reminder" and m["status"] == "delivered"]
    assert {(m["channel"], m["receipts"][-1]["status"]) for m in arrived} >= {
        ("sms", "delivered"),
        ("mail", "delivered"),
    }

    timeline = await system.get(f"{MINE}/timeline")
    assert [line for line in timeline if line["rule"] == "REM-2" and line["kind"] == "message"]
    assert [task for task in (await system.get(f"/v1/tasks?siren={SIREN}"))["items"] if task["rule"] == "REM-5"]


async def test_what_is_upcoming_is_dated_and_ruled_to_the_end_of_the_journey(system: System) -> None:
    await enrol(system)
    upcoming = await system.get(f"{MINE}/upcoming")
    assert {step["rule"] for step in upcoming} >= {"REM-2", "REG-3", "EXT-1", "EXT-3"}
    assert [step["at"] for step in upcoming] == sorted(step["at"] for step in upcoming)


async def test_an_event_that_comes_before_its_account_waits_for_it_and_then_takes_effect(system: System) -> None:
    early = {"account": ACCOUNT, "period": "2030-01", "due_on": "2030-02-15", "amount": "10.00"}
    assert (await system.post_event("contribution.due", **early)).status_code == 202
    waiting = await system.until("/v1/events?status=waiting", lambda page: page["items"], token="sup")
    assert waiting["items"][0]["siren"] == SIREN
    await enrol(system)
    await system.until(f"{MINE}/timeline", lambda lines: any("janvier 2030" in line["summary"] for line in lines))


async def test_another_organisation_sees_nothing_and_a_stranger_even_less(system: System) -> None:
    await enrol(system)
    for path in (MINE, f"{MINE}/timeline", f"{MINE}/upcoming", f"{MINE}/messages"):
        assert (await system.api.get(path, headers=bearer("other"))).status_code == 403
        assert (await system.api.get(path)).status_code == 401
    assert (await system.get("/v1/journeys", token="other"))["items"] == []
