"""The outbox is for development: messages that no provider carries."""

from datetime import timedelta
from uuid import uuid4

import httpx
import pytest

from tests.web.conftest import NOW, SIREN, URL, Pages, settings_of
from web.app import create_pages
from web.outbox import PER_PAGE

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
    [message] = (await pages.browser.get("/outbox", headers=JSON)).json()
    text = (await pages.browser.get(f"/outbox/{message['id']}")).text
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


async def test_the_list_is_paged_and_says_whose_each_message_is(pages: Pages) -> None:
    for rank in range(PER_PAGE + 1):
        await pages.message(text=f"SMS {rank:02}", sent_at=NOW + timedelta(minutes=rank))
    first, second = [(await pages.browser.get(f"/outbox?page={number}")).text for number in (1, 2)]
    assert first.count('class="row"') == PER_PAGE
    assert "SMS 00" not in first
    assert ("SMS 00" in second, second.count('class="row"')) == (True, 1)
    assert "page 1 sur 2" in first
    assert "Boulangerie" in first


async def test_what_did_not_leave_stands_apart_and_says_why(pages: Pages) -> None:
    await pages.message(text="parti")
    await pages.message(text=None, status="dropped", reason="paiement reçu entre-temps", sent_at=None)
    await pages.message(text=None, status="queued", sent_at=None)
    left, waiting, dropped = [
        (await pages.browser.get(f"/outbox{view}")).text for view in ("", "?vue=attente", "?vue=non-partis")
    ]
    assert all("(1)" in it for it in (left, waiting, dropped))
    assert "paiement reçu" not in left
    assert "paiement reçu entre-temps" in dropped
    assert "Pas encore écrit" in waiting
    assert "Jamais écrit" in dropped


async def test_one_recipient_is_kept(pages: Pages) -> None:
    await pages.message(text="à l'entreprise")
    await pages.message(text="au cabinet", recipient="accountant", channel="mail", title="Copie")
    page = (await pages.browser.get("/outbox?recipient=accountant")).text
    assert ("Copie" in page, "à l&#39;entreprise" in page) == (True, False)


async def test_an_sms_is_a_bubble_with_what_it_is_billed(pages: Pages) -> None:
    message = uuid4()
    await pages.message(id=message, text="é" * 161)
    page = (await pages.browser.get(f"/outbox/{message}")).text
    assert 'class="bubble"' in page
    assert "161 caractères en GSM-7" in page
    assert "2 segments facturés" in page


async def test_a_mail_is_read_as_it_left_and_does_nothing(pages: Pages) -> None:
    message = uuid4()
    html = "<html><head><title>t</title></head><body><script>x()</script>Bonjour</body></html>"
    await pages.message(id=message, channel="mail", title="Bienvenue", text="Bonjour", html=html)
    page = await pages.browser.get(f"/outbox/{message}")
    assert f'src="/outbox/{message}/mail" sandbox="' in page.text
    assert "frame-src 'self'" in page.headers["content-security-policy"]
    mail = await pages.browser.get(f"/outbox/{message}/mail")
    assert mail.text == html.replace("<head>", '<head><base target="_blank">')
    policy = mail.headers["content-security-policy"]
    assert "sandbox allow-popups" in policy
    assert "allow-scripts" not in policy + page.text
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'")


async def test_a_message_that_is_not_there_or_has_no_html_is_not_found(pages: Pages) -> None:
    message = uuid4()
    await pages.message(id=message, text="SMS")
    for path in (f"/outbox/{message}/mail", f"/outbox/{uuid4()}", f"/outbox/{uuid4()}/mail", "/outbox/x"):
        assert (await pages.browser.get(path)).status_code == 404


@pytest.mark.parametrize("path", ["/outbox/{}", "/outbox/{}/mail", "/exemple"])
async def test_no_message_is_read_where_others_may_come(pages: Pages, path: str) -> None:
    message = uuid4()
    await pages.message(id=message, channel="mail", title="t", text="secret", html="<head></head>secret")
    app = create_pages(settings_of(public_url="https://parcours.example"), pages.engine, None)  # type: ignore[arg-type]
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="https://parcours.example"
    ) as browser:
        answer = await browser.get(path.format(message))
    assert (answer.status_code, "secret" in answer.text) == (404, False)


async def test_home_leads_to_the_console_and_in_development_to_an_enterprise_s_space(pages: Pages) -> None:
    await pages.message(text="Bonjour")
    home = (await pages.browser.get("/")).text
    assert 'href="/console/"' in home
    assert 'href="/exemple"' in home
    answer = await pages.browser.get("/exemple")
    assert answer.status_code == 303
    assert (await pages.browser.get(answer.headers["location"])).status_code == 200
