"""REM-2, COM-5, SVC-2: the enterprise's agenda."""

from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import insert

from db.tables import commitments
from domain.payments import Payment
from domain.state import Contribution, Told
from notifications.wording import jour_mail
from tests.web.conftest import JOURNEY, NOW, TODAY, URL, Pages

PAYMENT = Payment("p", NOW, Decimal("90"))


def _due(on: date, **more: object) -> Contribution:
    return Contribution(JOURNEY.account, "2026-01", due_on=on, stated_at=NOW, stated_by="e", **more)  # type: ignore[arg-type]


async def _agenda(pages: Pages, *contributions: Contribution) -> str:
    await pages.become(contributions={c.key: c for c in contributions})
    return (await pages.browser.get(pages.link("agenda"))).text


async def test_a_due_date_shows_its_amount_and_its_reminder(pages: Pages) -> None:
    on = TODAY + timedelta(days=20)
    text = await _agenda(pages, _due(on, amount=Decimal("1240.50")))
    assert jour_mail(on) in text
    assert "1\u00a0240,50\u00a0€" in text
    assert "Rappel prévu le" in text


async def test_a_due_date_already_reminded_still_shows(pages: Pages) -> None:
    on = TODAY + timedelta(days=2)
    text = await _agenda(pages, _due(on, amount=Decimal("90"), told=Told(on, Decimal("90"), NOW)))
    assert jour_mail(on) in text
    assert "Rappel envoyé le" in text


async def test_what_is_paid_says_so(pages: Pages) -> None:
    on = TODAY + timedelta(days=9)
    assert "Payé" in await _agenda(pages, _due(on, amount=Decimal("90"), payments=(PAYMENT,)))


async def test_the_end_and_its_notice_show(pages: Pages) -> None:
    text = await _agenda(pages)
    assert "Le parcours se termine" in text
    assert "Bilan de la première année" in text


async def test_promises_are_those_of_the_organisation(pages: Pages) -> None:
    await pages.become(organisation="urssaf-rhone-alpes", referent=None)
    text = (await pages.browser.get(pages.link("agenda"))).text
    assert "Une réponse à chaque demande en 24 heures." in text


async def test_levels_reached_are_shown_in_sum_beside_each_promise(pages: Pages) -> None:
    kept, broken = {"met_at": NOW, "breached_at": None}, {"met_at": NOW, "breached_at": NOW}
    old, elsewhere = {"started_at": NOW - timedelta(days=400)}, {"organisation": "urssaf-rhone-alpes"}
    for rank, changes in enumerate([kept] * 39 + [broken, broken | old, broken | elsewhere]):
        await promise(pages, str(rank), **changes)
    text = (await pages.browser.get(pages.link("agenda"))).text
    assert '72 heures. <span class="help">Tenu dans 97,5 % des cas.</span>' in " ".join(text.split())
    assert text.count("Tenu dans") == 1


async def promise(pages: Pages, name: str, **changes: object) -> None:
    """An answer to a request for a plan, promised to an enterprise."""
    values = {
        "siren": "356000000",
        "id": name,
        "organisation": JOURNEY.organisation,
        "kind": "plan_answer",
        "rule": "PLN-4",
        "subject": name,
        "started_at": NOW - timedelta(days=2),
        "due_at": NOW + timedelta(days=1),
    }
    async with pages.engine.begin() as connection:
        await connection.execute(insert(commitments).values(values | changes))


async def test_messages_sent_are_read_again_without_the_links_that_act(pages: Pages) -> None:
    await pages.message(text=f"Confirmez : {URL}{pages.link('confirm')} Contact : Alice")
    await pages.message(channel="mail", title="Bienvenue", text="Bonjour,")
    await pages.message(text="En attente", status="queued", sent_at=None)
    await pages.message(text="Copie", recipient="accountant")
    text = (await pages.browser.get(pages.link("agenda"))).text
    assert "Confirmez : [lien personnel] Contact : Alice" in text
    assert "Bienvenue" in text
    assert "En attente" not in text
    assert "Copie" not in text
