"""COM-6: an accountant finds the letters of all clients in one place, which a copy passed on does not open."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import update

from db import enterprises as details
from db.tables import enterprises, events
from tests.web.conftest import JOURNEY, NOW, SIREN, URL, Pages

CABINET, OTHER, STRANGER = "cabinet@example.org", "552100554", "356000000"
MAIL = UUID(int=7)
COPY = {"channel": "mail", "recipient": "accountant", "to": CABINET}


async def followed(pages: Pages) -> None:
    """Two clients of a cabinet, a third of another, a copy for each, and the mail that opens the page."""
    await pages.become(accountant=True)
    async with pages.engine.begin() as connection:
        await connection.execute(update(enterprises).values(accountant_email=CABINET))
        await details.describe(connection, OTHER, {"name": "Garage Piston", "accountant_email": "Cabinet@Example.org"})
        await details.describe(connection, STRANGER, {"name": "Taxi Étoile", "accountant_email": "else@example.org"})
    await pages.message(**COPY, title="Copie : échéance", text=f"Payez ici : {URL}{pages.link('plan')}")
    await pages.message(**COPY, siren=OTHER, title="Copie : délai accepté", text="Votre délai est accepté.")
    await pages.message(**COPY, siren=OTHER, title="Ancienne", text="Vieux.", sent_at=NOW - timedelta(days=100))
    await pages.message(**COPY | {"to": "former@example.org"}, siren=OTHER, title="D'un autre", text="Avant.")
    await pages.message(siren=OTHER, channel="mail", title="À l'entreprise", text="Pour elle.", to="g@example.org")
    await pages.message(**COPY | {"to": "else@example.org"}, siren=STRANGER, title="Ailleurs", text="Non.")
    await pages.message(**COPY, id=MAIL, template="clients", title="Les courriers", text="Ouvrez.")


def clients(pages: Pages, message: UUID = MAIL) -> str:
    return pages.link("clients", message.hex)


async def test_the_page_gathers_the_copies_of_all_clients_and_nothing_else(pages: Pages) -> None:
    await followed(pages)
    text = (await pages.browser.get(clients(pages))).text
    for shown in ("Épi d", "Garage Piston", "Copie\u00a0: échéance", "Votre délai est accepté"):
        assert shown in text
    for hidden in ("Taxi", "Ancienne", "Avant.", "Pour elle", "Non.", "Ouvrez", "/l/"):
        assert hidden not in text
    assert "[lien personnel]" in text


async def test_a_client_who_has_another_accountant_shows_no_more(pages: Pages) -> None:
    await followed(pages)
    async with pages.engine.begin() as connection:
        await details.describe(connection, OTHER, {"accountant_email": "new@example.org"})
    text = (await pages.browser.get(clients(pages))).text
    assert "Garage Piston" not in text
    assert "accepté" not in text


async def test_the_link_of_a_copy_shows_nothing_and_has_a_mail_sent_once_an_hour(pages: Pages) -> None:
    await followed(pages)
    link = pages.link("accountant")
    shown = (await pages.browser.get(link)).text
    assert "Garage Piston" not in shown
    assert CABINET not in shown
    for _ in range(2):
        answer = await pages.browser.post(link)
        assert (answer.status_code, answer.headers["location"]) == (303, f"{link}?fait")
    assert {(row.type, row.siren) for row in await pages.rows(events)} == {("clients.asked", SIREN)}
    assert len(await pages.rows(events)) <= 2
    assert "un mail part" in (await pages.browser.get(f"{link}?fait")).text


async def test_without_an_accountant_there_is_nothing_to_ask(pages: Pages) -> None:
    await pages.save(JOURNEY)
    assert "<form" not in (await pages.browser.get(pages.link("accountant"))).text


async def test_a_link_for_a_message_that_was_not_the_accountants_opens_nothing(pages: Pages) -> None:
    await followed(pages)
    mine = uuid4()
    await pages.message(id=mine, to="nadia@example.org", channel="mail")
    for message in (mine, uuid4()):
        assert (await pages.browser.get(clients(pages, message))).status_code == 404


async def test_the_page_only_reads(pages: Pages) -> None:
    await followed(pages)
    assert (await pages.browser.post(clients(pages))).status_code == 405
