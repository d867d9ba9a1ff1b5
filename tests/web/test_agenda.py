"""REM-2, COM-5, SVC-2: the enterprise's agenda."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from html import unescape

import pytest
from sqlalchemy import insert, update

from db.tables import agents, commitments
from domain.cases import AppointmentStatus, Incident, PlanStatus, Slot
from domain.messages import OPTED_OUT
from domain.payments import Payment
from domain.state import Channel, Contribution, Told
from notifications.wording import jour_mail
from tests.web.cases import COUNTERED, OFFERED, PARIS, instalments
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
    await pages.message(subject=f"due:{JOURNEY.account}/2026-01:{on}")
    text = await _agenda(pages, _due(on, amount=Decimal("90"), told=Told(on, Decimal("90"), NOW)))
    assert jour_mail(on) in text
    assert f"Rappel envoyé le {jour_mail(TODAY)}, par SMS." in text


async def test_a_reminder_that_the_enterprise_refused_is_not_said_to_have_left(pages: Pages) -> None:
    on = TODAY + timedelta(days=2)
    told = _due(on, amount=Decimal("90"), told=Told(on, Decimal("90"), NOW))
    for channel in Channel:
        subject, dropped = f"due:{told.key}:{on}", {"status": "dropped", "sent_at": None, "reason": OPTED_OUT}
        await pages.message(subject=subject, channel=channel, **dropped)
    await pages.become(contributions={told.key: told})
    text = await _read(pages)
    assert "Pas de rappel : vous avez choisi de ne pas en recevoir." in text
    assert "Rappel envoyé" not in text


async def test_a_reminder_to_come_that_is_refused_is_not_announced(pages: Pages) -> None:
    due = _due(TODAY + timedelta(days=20), amount=Decimal("90"))
    await pages.become(contributions={due.key: due}, opt_outs=("sms:reminder", "mail:reminder"))
    text = await _read(pages)
    assert "Rappel prévu" not in text
    assert "Pas de rappel : vous avez choisi de ne pas en recevoir." in text


async def test_an_appointment_booked_shows_with_its_means_and_its_host(pages: Pages) -> None:
    slot = Slot("s-1", "alice.martin", NOW + timedelta(days=4), 45, ("phone",))
    booked = replace(OFFERED, status=AppointmentStatus.BOOKED, slot=slot, format="phone", booked_at=NOW)
    await pages.become(appointments={booked.id: booked})
    text = await _read(pages)
    assert jour_mail(slot.starts_at.astimezone(PARIS).date()) in text
    assert "Premier rendez-vous</strong>, 45 minutes, avec Alice Martin" in text
    assert "Par téléphone : nous vous appelons au 06" in text


async def test_a_plan_shows_its_instalments_in_place_of_the_payment_it_replaces(pages: Pages) -> None:
    due = _due(TODAY + timedelta(days=20), amount=Decimal("931.27"))
    plan = replace(
        COUNTERED, status=PlanStatus.RUNNING, debt=Decimal("931.27"), instalments=instalments("431", "500.27")
    )
    await pages.become(contributions={due.key: due}, plans={plan.id: plan})
    text = await _read(pages)
    assert "Votre délai de paiement : janvier 2026" in text
    assert "Échéance 1 sur 2 : <strong>431,00" in text
    assert jour_mail(plan.instalments[1].due_on) in text
    assert "Paiement : votre délai remplace cette date." in text
    assert "931,27" not in text


async def test_what_is_paid_of_an_instalment_is_no_longer_asked_for(pages: Pages) -> None:
    plan = replace(COUNTERED, status=PlanStatus.RUNNING, instalments=instalments("50", "850"))
    await pages.become(
        contributions={plan.key: _due(TODAY - timedelta(days=9), amount=Decimal("900"), payments=(PAYMENT,))},
        plans={plan.id: plan},
    )
    text = await _read(pages)
    assert "Payée" in text
    assert "<strong>810,00 €</strong> (sur 850,00 €)" in text


async def test_a_debt_handed_over_shows_with_what_is_left_of_it(pages: Pages) -> None:
    debt = Incident(
        "i-1",
        JOURNEY.account,
        "2026-01",
        "unpaid",
        NOW - timedelta(days=60),
        NOW - timedelta(days=60),
        amount=Decimal("1000"),
        handed_over_at=NOW - timedelta(days=1),
        told_at=NOW,
        contacted_at=NOW,
    )
    await pages.become(incidents={debt.id: debt})
    text = await _read(pages)
    assert "Janvier 2026" in text
    assert "Reste à payer : <strong>1 000,00 €</strong>" in text
    assert "Le service du recouvrement suit cette dette." in text


async def _read(pages: Pages) -> str:
    """The words of the agenda, its spaces as one types them."""
    return unescape((await pages.browser.get(pages.link("agenda"))).text).replace("\u00a0", " ")


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


@pytest.mark.parametrize(("settled", "shown"), [(4, 0), (5, 1)])
async def test_a_level_of_fewer_than_five_cases_is_not_shown(pages: Pages, settled: int, shown: int) -> None:
    for rank in range(settled):
        await promise(pages, str(rank), met_at=NOW, breached_at=None)
    await promise(pages, "running", met_at=None, breached_at=None)
    text = (await pages.browser.get(pages.link("agenda"))).text
    assert text.count("Tenu dans") == shown


async def test_the_room_of_a_video_appointment_stands_on_the_page_and_in_the_feed(pages: Pages) -> None:
    room = "https://visio.example/alice"
    async with pages.engine.begin() as connection:
        await connection.execute(update(agents).where(agents.c.agent == "alice.martin").values(video_link=room))
    slot = Slot("s", "alice.martin", NOW + timedelta(days=3), 30, ("video",))
    booked = replace(OFFERED, status=AppointmentStatus.BOOKED, slot=slot, format="video", booked_at=NOW)
    await pages.become(appointments={booked.id: booked})
    assert f'href="{room}"' in await _read(pages)
    assert f'href="{room}"' in (await pages.browser.get(pages.link("slot", booked.id))).text
    feed = (await pages.browser.get(pages.link("calendar"))).text.replace("\r\n ", "")
    assert f"En visioconférence : {room}" in feed.replace("\\", "")
