"""The outbox is for development: messages that no provider carries."""

import httpx
import pytest

from tests.web.conftest import SIREN, URL, Pages, settings_of
from web.app import create_pages

JSON = {"Accept": "application/json"}


async def test_messages_come_newest_first_with_their_fields(pages: Pages) -> None:
    await pages.message(text="premier")
    await pages.message(text="second", channel="mail", title="Titre", to="nadia@example.org")
    items = (await pages.browser.get("/outbox", headers=JSON)).json()
    assert [item["text"] for item in items] == ["second", "premier"]
    assert set(items[0]) >= {"id", "siren", "channel", "to", "title", "text", "status", "rule", "sent_at"}
    assert items[0]["sent_at"].endswith(("+01:00", "+02:00"))


async def test_filters_keep_one_enterprise_and_one_channel(pages: Pages) -> None:
    await pages.message(text="ici")
    await pages.message(text="mail", channel="mail")
    await pages.message(text="ailleurs", siren="552100554")
    items = (await pages.browser.get(f"/outbox?siren={SIREN}&channel=sms", headers=JSON)).json()
    assert [item["text"] for item in items] == ["ici"]
    assert "ailleurs" not in (await pages.browser.get(f"/outbox?siren={SIREN}")).text
    assert (await pages.browser.get("/outbox?channel=pigeon&siren=%00&limit=x", headers=JSON)).json() == []


async def test_links_of_messages_can_be_followed(pages: Pages) -> None:
    link = pages.link("confirm")
    await pages.message(text=f"Confirmez : {URL}{link} <b>")
    text = (await pages.browser.get("/outbox")).text
    assert f'<a href="{URL}{link}" rel="noopener noreferrer">' in text
    assert "<b>" not in text


TWILIO = {
    "sms": "twilio",
    "twilio_account_sid": "AC0",
    "twilio_auth_token": "t",
    "twilio_from": "URSSAF",
}
SENDGRID = {
    "mail": "sendgrid",
    "sendgrid_api_key": "k",
    "mail_from": "parcours@example.org",
    "sendgrid_webhook_key": "k",
}


@pytest.mark.parametrize(("providers", "status"), [(TWILIO, 200), (TWILIO | SENDGRID, 404)])
async def test_messages_of_a_real_provider_are_not_shown(pages: Pages, providers: dict[str, str], status: int) -> None:
    await pages.message(text="par le fournisseur")
    app = create_pages(settings_of(**providers), pages.engine, None)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=URL) as browser:
        answer = await browser.get("/outbox")
    assert answer.status_code == status
    assert "par le fournisseur" not in answer.text
