"""One enterprise: what its page tells, and what its forms do to its journey."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import insert, select, update

from db.tables import messages, notes, tasks
from domain.cases import AppointmentStatus, PlanStatus
from notifications.links import MASK
from tests.web.console.conftest import Browser
from tests.web.console.town import Town, at
from workflows.client import NoAnswer

RESTO = "Resto La Louche"


def path_of(town: Town) -> str:
    return f"/console/entreprises/{town.firm(RESTO).siren}"


@pytest.fixture
async def plan(town: Town) -> str:
    """A plan of two instalments, asked a moment ago."""
    return await town.ask_plan(town.firm(RESTO))


async def send(alice: Browser, path: str, **form: Any) -> Any:
    return await alice.send(path, **{"operation": str(uuid4()), **form})


async def test_a_page_tells_who_they_are_where_they_stand_and_what_comes_next(alice: Browser, town: Town) -> None:
    await town.deliver()
    page = await alice.read(path_of(town))
    assert re.search(r'class="situation">Incident en cours pour octobre|class="situation">Incident en cours', page)
    for words in ("Anna Cuiller", "Ce qui vient", "Échéance impayée", "Mail à l'entreprise, remis", "INC-2"):
        assert words in page


async def test_an_enterprise_of_another_organisation_does_not_exist(alice: Browser, town: Town) -> None:
    siren = town.firm("Fromagerie des Alpages").siren
    assert (await alice.client.get(f"/console/entreprises/{siren}")).status_code == 404
    assert (await send(alice, f"/console/entreprises/{siren}/notes", note="x")).status_code == 404
    assert (await send(alice, f"/console/entreprises/{siren}/rendez-vous", kind="other")).status_code == 404
    assert town.asked == []


async def test_the_debt_the_legal_check_and_the_schedule_stand_side_by_side(
    alice: Browser, town: Town, plan: str
) -> None:
    page = await alice.read(path_of(town))
    for words in ("La dette", "Ce que la loi demande", "L'échéancier demandé", "À vérifier", "réponse promise avant"):
        assert words in page


async def test_a_plan_is_countered_and_the_enterprise_is_written_to(alice: Browser, town: Town, plan: str) -> None:
    (debt,) = [it.debt for it in (await town.journey(town.firm(RESTO))).plans.values()]
    days = [str(date.today() + timedelta(days=30 * rank)) for rank in (1, 2, 3)]
    amounts = [str(debt - 200).replace(".", ","), "100", "100,00"]
    form = {"decision": "counter", "due_on": [*days, ""], "amount": [*amounts, ""], "note": "Un versement plus tôt."}
    answer = await send(alice, f"{path_of(town)}/delais/{plan}", **form)
    assert answer.status_code == 303, unescape(answer.text)
    countered = (await town.journey(town.firm(RESTO))).plans[plan]
    assert countered.status is PlanStatus.COUNTERED
    assert len(countered.counter) == 3
    assert countered.decided_by == "alice.martin"
    async with town.engine.connect() as connection:
        written = (await connection.scalars(select(messages.c.template))).all()
        assert "Un versement plus tôt." in (await connection.scalars(select(notes.c.text))).all()
    assert "plan_countered" in written


async def test_a_refusal_without_reason_is_asked_again_with_the_rules_words(
    alice: Browser, town: Town, plan: str
) -> None:
    answer = await send(alice, f"{path_of(town)}/delais/{plan}", decision="refuse")
    assert answer.status_code == 409
    assert "Un refus porte un motif" in answer.text
    assert 'value="refuse" required checked' in answer.text


@pytest.mark.parametrize("written", ["douze", "1e30", "nan"])
async def test_a_row_without_amount_is_named_and_what_was_typed_stays(
    alice: Browser, town: Town, plan: str, written: str
) -> None:
    form = {"decision": "counter", "due_on": ["2027-01-15"], "amount": [written]}
    answer = await send(alice, f"{path_of(town)}/delais/{plan}", **form)
    assert answer.status_code == 422
    assert "Échéance 1" in answer.text
    assert f'value="{written}"' in answer.text
    assert town.asked == []


async def test_the_same_decision_sent_twice_is_one_decision(alice: Browser, town: Town, plan: str) -> None:
    form = {"operation": str(uuid4()), "decision": "accept"}
    answers = [await send(alice, f"{path_of(town)}/delais/{plan}", **form) for _ in range(2)]
    assert [it.status_code for it in answers] == [303, 303]
    assert (await town.journey(town.firm(RESTO))).plans[plan].status is PlanStatus.RUNNING


async def test_the_reason_of_a_decision_that_came_too_late_is_not_shown(alice: Browser, town: Town, plan: str) -> None:
    await send(alice, f"{path_of(town)}/delais/{plan}", decision="accept", note="Un premier effort.")
    late = await send(alice, f"{path_of(town)}/delais/{plan}", decision="refuse", note="Dette trop lourde.")
    assert late.status_code == 409
    page = await alice.read(path_of(town))
    assert "Un premier effort." in page
    assert "Dette trop lourde." not in page


async def test_a_missing_piece_stops_the_clock(alice: Browser, town: Town, plan: str) -> None:
    await send(alice, f"{path_of(town)}/delais/{plan}/pieces", action="manque", piece="cash_forecast")
    page = await alice.read(path_of(town))
    assert "horloge arrêtée" in page
    assert "Pièce attendue : prévisionnel de trésorerie" in page.replace("\u00a0", " ")


async def test_contact_details_are_corrected_in_one_go(alice: Browser, town: Town) -> None:
    known = {"name": "Omar Levain", "email": "omar@example.org", "phone": "06 39 98 00 09"}
    answer = await send(alice, f"{path_of(town)}/coordonnees", **known)
    assert answer.status_code == 303, unescape(answer.text)
    assert "omar" not in answer.headers["location"]
    page = (await alice.read(path_of(town))).replace("\u00a0", " ")
    for shown in ("Omar Levain", "omar@example.org", "06 39 98 00 09", "Coordonnées corrigées par"):
        assert shown in page


async def test_details_that_are_wrong_are_said_and_stay_typed(alice: Browser, town: Town) -> None:
    known = {"name": "Omar Levain", "email": "omar@", "phone": "06 12"}
    answer = await send(alice, f"{path_of(town)}/coordonnees", **known)
    assert answer.status_code == 422
    page = unescape(answer.text)
    for shown in ("Cette adresse mail", "Ce numéro", 'value="omar@"', 'value="06 12"', 'value="Omar Levain"'):
        assert shown in page


async def test_a_promise_to_pay_is_noted(alice: Browser, town: Town) -> None:
    (incident,) = (await town.journey(town.firm(RESTO))).incidents
    on = str(date.today() + timedelta(days=5))
    answer = await send(alice, f"{path_of(town)}/promesses", incident=incident, on=on)
    assert answer.status_code == 303, unescape(answer.text)
    assert str((await town.journey(town.firm(RESTO))).incidents[incident].promised_on) == on
    assert "La promesse est notée" in await alice.read(f"{path_of(town)}?fait=promesse")


async def test_a_promise_that_is_refused_is_still_filled_in(alice: Browser, town: Town) -> None:
    (incident,) = (await town.journey(town.firm(RESTO))).incidents
    far = str(date.today() + timedelta(days=800))
    for on in (far, ""):
        answer = await send(alice, f"{path_of(town)}/promesses", incident=incident, on=on, note="Attend un client.")
        assert answer.status_code in (409, 422)
        assert f'required value="{on}"' in answer.text
        assert 'value="Attend un client."' in answer.text


async def test_an_appointment_is_offered_booked_and_given_up(alice: Browser, town: Town) -> None:
    await town.publish(at(2, 9), at(3, 14))
    await send(alice, f"{path_of(town)}/rendez-vous", kind="other", format="phone")
    offered = [it for it in (await town.journey(town.firm(RESTO))).appointments.values() if it.kind == "other"]
    page = await alice.read(path_of(town))
    (slot, *_) = re.findall(r'<option value="([0-9a-f-]{36})">', page)
    path = f"{path_of(town)}/rendez-vous/{offered[0].id}"
    assert (await send(alice, path, action="reserver", slot=slot)).status_code == 303
    booked = (await town.journey(town.firm(RESTO))).appointments[offered[0].id]
    assert (booked.status, booked.slot.id) == (AppointmentStatus.BOOKED, slot)
    assert (await send(alice, path, action="annuler")).status_code == 303
    assert (await send(alice, path, action="reserver")).status_code == 422


@pytest.mark.parametrize(("author", "shown"), [("enterprise", "l'entreprise"), ("accountant", "l'expert-comptable")])
async def test_what_was_written_by_a_link_says_which_side_wrote_it(
    alice: Browser, town: Town, author: str, shown: str
) -> None:
    siren = town.firm(RESTO).siren
    async with town.engine.begin() as connection:
        written = {"siren": siren, "organisation": "urssaf-idf", "subject": "mediation", "text": "On ne répond pas."}
        await connection.execute(insert(notes).values(id=uuid4(), author=author, **written))
    assert f"· {shown} ·" in await alice.read(path_of(town))


async def test_a_note_is_kept_once(alice: Browser, town: Town) -> None:
    form = {"operation": str(uuid4()), "note": "Préfère être appelée le matin."}
    for _ in range(2):
        assert (await send(alice, f"{path_of(town)}/notes", **form)).status_code == 303
    assert (await alice.read(path_of(town))).count("Préfère être appelée le matin.") == 1


async def test_what_was_noted_on_ending_a_call_is_among_the_notes(alice: Browser, town: Town) -> None:
    async with town.engine.connect() as connection:
        mine = (tasks.c.siren == town.firm(RESTO).siren) & (tasks.c.kind == "call")
        task = await connection.scalar(select(tasks.c.id).where(mine))
    await alice.send(f"/console/taches/{task}", action="terminer", issue="reached", note="Attend un paiement client.")
    assert "Attend un paiement client." in await alice.read(path_of(town))


async def test_each_message_says_why_it_was_sent(alice: Browser, town: Town) -> None:
    await town.deliver()
    page = await alice.read(path_of(town))
    (link, *_) = re.findall(r'href="(/console/entreprises/\d+/messages/[^"]+)"', page)
    reasons = await alice.read(link)
    for words in ("Règle", "Décision", "Événement", "remis"):
        assert words in reasons
    assert (await alice.client.get(f"{path_of(town)}/messages/{uuid4()}")).status_code == 404


async def test_no_page_of_an_agent_shows_a_link_by_which_the_enterprise_acts(alice: Browser, town: Town) -> None:
    await town.deliver()
    siren, link = town.firm(RESTO).siren, f"http://pages.example/l/{'Ab-_' * 7}"
    async with town.engine.begin() as connection:
        await connection.execute(update(messages).values(text=f"Voir {link}", title=f"Titre {link}"))
        await connection.execute(update(tasks).values(note=f"Il a lu {link}"))
    await send(alice, f"{path_of(town)}/notes", note=f"Son lien {link} ne marche pas")
    async with town.engine.connect() as connection:
        mine = select(messages.c.id).where(messages.c.siren == siren)
        message, task = await connection.scalar(mine), await connection.scalar(select(tasks.c.id))
    paths = (f"{path_of(town)}?historique", f"{path_of(town)}/messages/{message}", f"/console/taches/{task}")
    for path in paths:
        assert "/l/Ab" not in await alice.read(path), path
    assert f"Son lien {MASK} ne marche pas" in await alice.read(path_of(town))


async def test_without_an_answer_the_page_says_to_try_again(alice: Browser, town: Town, plan: str) -> None:
    town.failure = NoAnswer("RPCError")
    answer = await send(alice, f"{path_of(town)}/delais/{plan}", decision="accept")
    assert answer.status_code == 503
    assert path_of(town) in answer.text


async def test_a_clock_moves_in_development_only(alice: Browser, town: Town) -> None:
    assert "Avancer l'horloge" not in await alice.read(path_of(town))
    assert (await send(alice, f"{path_of(town)}/horloge", action="jour")).status_code == 404
