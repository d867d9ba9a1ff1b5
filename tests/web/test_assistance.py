"""INC-1, APT-1, REG-2, MED-1: what an enterprise asks from the link at the foot of its mails."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from html import unescape

import httpx
import pytest

from db.tables import messages, notes
from domain.requests import Ask
from domain.state import Contribution, Phase
from tests.web.cases import Steps, ids, read
from tests.web.conftest import JOURNEY, NOW, TODAY, Pages


async def first_period(pages: Pages) -> str:
    """The key of the first period the page offers."""
    return (await read(pages, pages.link("help"))).partition('<option value="')[2].partition('"')[0]


async def send(pages: Pages, acte: str, **filled: str) -> httpx.Response:
    return await pages.browser.post(pages.link("help"), data={"acte": acte, "vue": "first"} | filled)


async def test_a_difficulty_is_announced_for_a_period_ahead(pages: Pages, steps: Steps) -> None:
    period = await first_period(pages)
    answer = await send(pages, "difficulte", periode=period, texte="Un client ne paie pas")
    assert (answer.status_code, answer.headers["location"][-16:]) == (303, "?fait=difficulte")
    assert "Votre difficulté est notée" in await read(pages, answer.headers["location"])
    [asked] = steps.asked
    assert (asked.ask, asked.data["by"]) == (Ask.DIFFICULTY, "enterprise")
    assert f"{asked.data['account']}/{asked.data['period']}" == period
    [note] = await pages.rows(notes)
    assert (note.text, note.subject) == ("Un client ne paie pas", f"difficulty:{asked.data['period']}")


async def test_an_appointment_is_asked_for_and_its_invitation_announced(pages: Pages, steps: Steps) -> None:
    answer = await send(pages, "rendez-vous", objet="legal_security", forme="video", texte="Quelles exonérations ?")
    assert "Un message vous invite à choisir votre créneau" in await read(pages, answer.headers["location"])
    [asked] = steps.asked
    assert (asked.ask, asked.data["kind"], asked.data["format"]) == (Ask.APPOINTMENT, "legal_security", "video")


async def test_a_problem_is_told_in_words_and_answered_within_the_promise(pages: Pages, steps: Steps) -> None:
    empty = await send(pages, "probleme", texte=" ")
    assert (empty.status_code, steps.asked) == (422, [])
    assert "Dites-nous ce qui s'est passé" in unescape(empty.text)
    answer = await send(pages, "probleme", texte="Personne ne répond")
    assert "Nous vous répondons en 48 heures" in await read(pages, answer.headers["location"])
    assert [it.ask for it in steps.asked] == [Ask.PROBLEM]


async def test_a_mediation_is_chosen_and_told_apart_from_a_problem(pages: Pages, steps: Steps) -> None:
    for acte in ("probleme", "mediation"):
        answer = await send(pages, acte, texte="Le dossier a traîné")
        assert (answer.status_code, answer.headers["location"].partition("?")[2]) == (303, f"fait={acte}")
    assert [it.ask for it in steps.asked] == [Ask.PROBLEM, Ask.MEDIATION]
    assert sorted(it.template for it in await pages.rows(messages) if it.channel == "mail") == [
        "mediation_received",
        "problem_received",
    ]
    assert (await read(pages, pages.link("help"))).count("y sera joint") == 2


async def test_a_refusal_is_shown_with_its_reason_and_the_text_is_kept(pages: Pages, steps: Steps) -> None:
    await pages.become(proceedings={"appeal:r-1": "open"})
    assert (await send(pages, "probleme", texte="Le dossier a traîné")).status_code == 303
    answer = await send(pages, "mediation", texte="Le dossier a traîné")
    assert answer.status_code == 409
    assert "un recours est en cours" in unescape(answer.text)
    assert "Le dossier a traîné</textarea>" in unescape(answer.text)


async def test_a_double_click_asks_once(pages: Pages, steps: Steps) -> None:
    link, filled = pages.link("help"), {"acte": "probleme", "texte": "Personne ne répond", "vue": "first"}
    answers = [await pages.browser.post(link, data=filled) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert len(set(ids(steps.asked))) == len(await pages.rows(notes)) == 1


@pytest.mark.parametrize(
    ("acte", "filled"),
    [
        ("difficulte", {"periode": "117000001/1999-01"}),
        ("difficulte", {}),
        ("rendez-vous", {"objet": "priority", "forme": "video"}),
        ("rendez-vous", {"objet": "other", "forme": "fax"}),
        ("probleme", {"texte": "a" * 3000}),
    ],
)
async def test_what_the_page_does_not_offer_is_refused(
    pages: Pages, steps: Steps, acte: str, filled: dict[str, str]
) -> None:
    assert (await send(pages, acte, **filled)).status_code == 422
    assert steps.asked == []


async def test_an_act_that_is_none_is_refused(pages: Pages) -> None:
    assert (await send(pages, "tout")).status_code == 400


async def test_legal_security_is_offered_to_those_without_accountant(pages: Pages) -> None:
    assert "sécurisation juridique" in await read(pages, pages.link("help"))
    await pages.become(accountant=True)
    assert "sécurisation juridique" not in await read(pages, pages.link("help"))


async def test_a_closed_journey_offers_no_difficulty_and_says_where_to_turn(pages: Pages, steps: Steps) -> None:
    closed = replace(JOURNEY, phase=Phase.CLOSED, closed_at=NOW - timedelta(days=2))
    await pages.save(closed)
    assert "Annoncer une difficulté" not in await read(pages, pages.link("help"))
    answer = await send(pages, "rendez-vous", objet="other", forme="")
    assert (answer.status_code, "Le parcours est terminé" in unescape(answer.text)) == (409, True)


async def test_reading_the_page_changes_nothing(pages: Pages, steps: Steps) -> None:
    before = await pages.content()
    await read(pages, f"{pages.link('help')}?fait=difficulte")
    assert await pages.content() == before
    assert steps.asked == []


async def test_a_past_period_without_news_and_each_account_of_a_period_can_be_told_of(pages: Pages) -> None:
    past, other = (
        Contribution(account, "2025-01", TODAY - timedelta(days=9), Decimal("90"), stated_at=NOW, stated_by="e")
        for account in (JOURNEY.account, "117000002")
    )
    await pages.become(contributions={it.key: it for it in (past, other)}, other_accounts=("117000002",))
    text = await read(pages, pages.link("help"))
    for known in (past, other):
        assert f'<option value="{known.key}">janvier 2025, compte {known.account}</option>' in text
