"""A day of an agent in a real browser: signed in at a certified provider, a call, a plan, an appointment, receipts."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import Client

from config.embedded.temporal import EmbeddedTemporal
from tests.browser import chromium, follow, needs_chromium, unfold
from tests.e2e.conftest import SIREN, System, bearer, free_port, whole_system
from tests.e2e.test_from_an_event_to_its_receipt import ACCOUNT, MINE, enrol, reach_the_window
from tests.web.console.provider import CLIENT, certified_provider

pytestmark = needs_chromium
LOGIN = "Alice:agent:urssaf-idf:alice.martin"
DEBT = "900.00"


@pytest.fixture
async def company(
    database_url: str, dev_server: EmbeddedTemporal, temporal: Client, tmp_path: Path
) -> AsyncIterator[System]:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with certified_provider(address) as issuer:
        identity = {"oidc_issuer": issuer, "public_url": address, **CLIENT}
        async with whole_system(database_url, dev_server, temporal, tmp_path, port, **identity) as running:
            yield running


@pytest.fixture
async def tab() -> AsyncIterator[Any]:
    size = {"width": 1280, "height": 900}
    async with chromium(viewport=size, java_script_enabled=False) as context:
        yield await context.new_page()


async def _in_difficulty(system: System) -> None:
    """An unpaid due date, a plan asked for, and slots to meet."""
    await enrol(system)
    due_on = (datetime.now(UTC).date() - timedelta(days=2)).isoformat()
    incident = {"account": ACCOUNT, "period": "2026-01", "kind": "unpaid", "amount": DEBT, "due_on": due_on}
    await system.post_event("incident.detected", **incident, employee_share="100.00")
    await system.until(MINE, lambda journey: journey["incidents"])
    drawn = [{"due_on": _in(days), "amount": "450.00"} for days in (60, 90)]
    plan = {"period": "2026-01", "instalments": drawn, "reason": "Trésorerie"}
    assert (await system.api.post(f"{MINE}/plans", json=plan, headers=bearer("agt"))).status_code == 201
    await system.until(f"/v1/tasks?siren={SIREN}", lambda page: any(it["rule"] == "INC-3" for it in page["items"]))


def _in(days: int) -> str:
    return (datetime.now(UTC).date() + timedelta(days=days)).isoformat()


async def _sign_in(tab: Any, url: str) -> None:
    await tab.goto(f"{url}/console/")
    await follow(tab.locator('a[href*="/console/connexion/fournisseur"]'))
    await tab.locator('input[name="login"]').fill(LOGIN)
    await tab.locator('input[name="password"]').fill("x")
    await follow(tab.locator('button[type="submit"]'))
    while "/console/" not in tab.url:
        await follow(tab.locator('button[type="submit"]'))


async def _shot(tab: Any, name: str) -> None:
    """Kept when a folder is named."""
    if folder := os.environ.get("PARCOURS_SCREENSHOTS"):
        await tab.screenshot(path=f"{folder}/{name}.png")


async def _call(tab: Any) -> None:
    await follow(tab.get_by_role("link", name="Appeler l'entreprise").first)
    assert "Zoé Lefèvre" in await tab.get_by_role("main").inner_text()
    await tab.get_by_label("Issue").select_option(label="Joint")
    await tab.get_by_label("Note").fill("Attend un paiement client, demande un délai.")
    await follow(tab.get_by_role("button", name="Terminer la tâche"))
    assert "tâche est terminée" in await tab.get_by_role("status").inner_text()


async def _counter(tab: Any, url: str) -> None:
    await tab.goto(f"{url}/console/portefeuille?q=Boulangerie")
    await follow(tab.get_by_role("link", name="Boulangerie des Écoles"))
    await tab.get_by_label("Proposer un autre échéancier").check()
    await unfold(tab.get_by_text("Les échéances de la contre-proposition"))
    for rank, (due_on, amount) in enumerate(((_in(30), "500,00"), (_in(60), "400,00")), 1):
        await tab.get_by_label(f"Date de l'échéance {rank}").fill(due_on)
        await tab.get_by_label(f"Montant de l'échéance {rank}").fill(amount)
    await tab.get_by_label("Motif, lu par l'entreprise").fill("Un premier versement plus tôt.")
    await _shot(tab, "contre-proposition")
    await follow(tab.get_by_role("button", name="Enregistrer la décision"))
    assert "décision est enregistrée" in await tab.get_by_role("status").inner_text()


async def _publish(tab: Any) -> None:
    await follow(tab.get_by_role("link", name="Agenda", exact=True))
    await follow(tab.get_by_role("link", name="Semaine suivante"))
    await tab.get_by_label("mardi", exact=True).check()
    await follow(tab.get_by_role("button", name="Publier"))
    assert "sont publiées" in await tab.get_by_role("status").inner_text()


async def _book(tab: Any, url: str) -> None:
    await tab.goto(f"{url}/console/entreprises/{SIREN}")
    first = tab.get_by_label("Créneau").first
    await first.select_option(index=1)
    await tab.get_by_label("Forme").first.select_option(label="par téléphone")
    await follow(tab.get_by_role("button", name="Réserver").first)
    assert "C'est enregistré" in await tab.get_by_role("status").inner_text()


async def _receipts(system: System) -> None:
    """The counter-proposal left by both channels, and each provider says it arrived."""

    def left(messages: list[dict[str, Any]]) -> bool:
        mine = [it for it in messages if it["template"] == "plan_countered"]
        return {it["channel"] for it in mine if it["status"] == "sent"} == {"sms", "mail"}

    await reach_the_window(system)
    await system.until(f"{MINE}/messages", left)
    for sms in list(system.twilio.accepted):
        assert (await system.twilio.callback(sms["sid"], "delivered")).status_code == 204
    told = [system.sendgrid.event(mail["message_id"], "delivered") for mail in system.sendgrid.accepted]
    assert (await system.sendgrid.events(f"{system.url}/webhooks/sendgrid/events", *told)).status_code == 204


async def test_an_agent_calls_counters_books_and_sees_the_receipts(company: System, tab: Any) -> None:
    await _in_difficulty(company)
    await _sign_in(tab, company.url)
    assert "Alice Essai" in await tab.get_by_role("banner").inner_text()
    await _call(tab)
    await _counter(tab, company.url)
    await _publish(tab)
    await _book(tab, company.url)
    await _receipts(company)
    await tab.goto(f"{company.url}/console/entreprises/{SIREN}#chronologie")
    timeline = await tab.get_by_role("region", name="Chronologie et messages").inner_text()
    assert "SMS à l'entreprise, remis" in timeline
    assert "Mail à l'entreprise, remis" in timeline
    await _shot(tab, "messages-remis")
    [plan] = (await company.get(MINE))["plans"]
    assert (plan["status"], [it["amount"] for it in plan["counter"]]) == ("countered", ["500.00", "400.00"])
    assert [it["status"] for it in (await company.get(MINE))["appointments"] if it["starts_at"]] == ["booked"]
