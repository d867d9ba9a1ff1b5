"""PLN-5, COM-7: the enterprise answers a counter-proposal from its message."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.cases import Instalment, PlanStatus
from domain.requests import Ask
from notifications.wording import jour_mail
from tests.web.cases import COUNTERED, PARIS, Steps, counter, ids, instalments, read, write_note
from tests.web.conftest import NOW, Pages
from workflows.client import NoAnswer


async def test_the_request_and_the_proposal_stand_side_by_side_with_dates_amounts_and_sums(pages: Pages) -> None:
    text = await read(pages, await counter(pages))
    for instalment in (*COUNTERED.instalments, *COUNTERED.counter):
        assert jour_mail(instalment.due_on) in text
    for shown in (
        "Votre demande",
        "Notre proposition",
        "300,00",
        "450,50",
        "449,50",
        "Alice Martin",
        "01\u00a099\u00a000\u00a000\u00a001",
    ):
        assert shown in text
    assert text.count("900,00") == 2
    assert COUNTERED.counter_until
    assert jour_mail(COUNTERED.counter_until.astimezone(PARIS).date()) in text


async def test_the_reason_of_the_organisation_shows_as_text(pages: Pages) -> None:
    link = await counter(pages, reason=await write_note(pages, "Deux échéances <b>suffisent</b>."))
    assert "Deux échéances &lt;b&gt;suffisent&lt;/b&gt;." in (await pages.browser.get(link)).text


async def test_a_total_that_changed_since_the_request_is_explained(pages: Pages) -> None:
    text = await read(pages, await counter(pages, counter=instalments("400")))
    assert "Le total a changé" in text


async def test_reading_the_page_changes_nothing(pages: Pages) -> None:
    link = await counter(pages)
    before = await pages.content()
    for address in (link, f"{link}?reponse=oui"):
        assert (await pages.browser.get(address)).status_code == 200
        assert (await pages.browser.head(address)).status_code == 200
    assert await pages.content() == before


async def test_accepting_starts_the_plan_and_the_page_shows_its_dates(pages: Pages, steps: Steps) -> None:
    link = await counter(pages)
    answer = await pages.browser.post(link, data={"reponse": "oui"})
    assert (answer.status_code, answer.headers["location"]) == (303, link)
    (request,) = steps.asked
    assert (request.ask, request.data) == (
        Ask.REPLY_TO_PLAN,
        {"plan": "plan-1", "accepted": True, "by": "enterprise"},
    )
    text = await read(pages, link)
    assert "Votre délai de paiement est accordé" in text
    assert "450,50" in text
    assert "<form" not in text


async def test_refusing_says_what_comes_next(pages: Pages, steps: Steps) -> None:
    link = await counter(pages)
    assert (await pages.browser.post(link, data={"reponse": "non"})).status_code == 303
    assert steps.asked[0].data["accepted"] is False
    text = await read(pages, link)
    assert "Vous avez refusé notre proposition" in text
    assert "Vous pouvez demander un autre échéancier" in text


async def test_a_double_click_answers_once(pages: Pages, steps: Steps) -> None:
    link = await counter(pages)
    answers = [await pages.browser.post(link, data={"reponse": "oui"}) for _ in range(2)]
    assert [it.status_code for it in answers] == [303, 303]
    first, second = ids(steps.asked)
    assert first == second
    assert link.removeprefix("/l/") not in first


async def test_the_second_of_two_contrary_answers_is_told_what_was_decided(pages: Pages, steps: Steps) -> None:
    link = await counter(pages)
    await pages.browser.post(link, data={"reponse": "oui"})
    answer = await pages.browser.post(link, data={"reponse": "non"})
    assert answer.status_code == 409
    assert "Votre délai de paiement est accordé" in answer.text


async def test_silence_has_closed_the_proposal_even_before_the_journey_woke(pages: Pages, steps: Steps) -> None:
    link = await counter(pages, counter_until=NOW - timedelta(minutes=1))
    text = await read(pages, link)
    assert "Cette proposition n'est plus ouverte" in text
    assert "01\u00a099\u00a000\u00a000\u00a001" in text
    assert "<form" not in text
    assert (await pages.browser.post(link, data={"reponse": "oui"})).status_code == 409


ENDED = NOW - timedelta(hours=1)
MISSED = {
    "decided_at": NOW - timedelta(days=40),
    "instalments": (Instalment((NOW - timedelta(days=20)).date(), Decimal(900)),),
}
OUTCOMES: list[tuple[dict[str, Any], str]] = [
    ({"status": PlanStatus.REFUSED, "withdrawn": "paid", "ended_at": ENDED}, "La somme est payée"),
    ({"status": PlanStatus.REFUSED, "withdrawn": "cancelled", "ended_at": ENDED}, "L'incident de paiement est annulé"),
    ({"status": PlanStatus.REFUSED, "withdrawn": "procedure", "ended_at": ENDED}, "Une procédure collective"),
    ({"status": PlanStatus.REFUSED, "counter": (), "ended_at": ENDED}, "Votre demande n'a pas été accordée"),
    ({"status": PlanStatus.KEPT, "ended_at": ENDED}, "Votre délai de paiement est terminé"),
    ({"status": PlanStatus.BROKEN, "ended_at": ENDED, **MISSED}, "une autre solution reste possible"),
    ({"status": PlanStatus.REQUESTED, "counter": ()}, "Votre demande est à l'étude"),
    ({"status": PlanStatus.INCOMPLETE, "counter": (), "missing": ("cash_forecast",)}, "attend une pièce"),
    ({"status": PlanStatus.RUNNING, "debt": Decimal("900")}, "C'est accordé"),
]


@pytest.mark.parametrize(("changes", "words"), OUTCOMES)
async def test_whatever_became_of_a_plan_its_link_says_so_with_the_contact(
    pages: Pages, changes: dict[str, Any], words: str
) -> None:
    text = await read(pages, await counter(pages, **changes))
    assert words in text
    assert "Alice Martin" in text
    assert "<form" not in text


async def test_an_answer_that_is_neither_yes_nor_no_is_refused(pages: Pages, steps: Steps) -> None:
    assert (await pages.browser.post(await counter(pages), data={"reponse": "peut-être"})).status_code == 400
    assert steps.asked == []


async def test_a_journey_that_does_not_answer_can_be_asked_again(pages: Pages, steps: Steps) -> None:
    steps.failure = NoAnswer("RPCError")
    link = await counter(pages)
    answer = await pages.browser.post(link, data={"reponse": "oui"})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
    assert link in answer.text
