"""EXT-2, EXT-4: asked from a message, answered by the journey itself."""

from typing import Any

import pytest
from temporalio.client import Client

from domain.calendar import add_months
from domain.requests import Ask, Reply, Request
from domain.state import CloseReason, Phase
from notifications.wording import jour_mail
from tests.web.conftest import NOW, SIREN, TODAY, Pages
from web import asking
from workflows.client import NoAnswer

OPENED_ON = add_months(TODAY, -17)
IN_NOTICE: dict[str, Any] = {"opened_on": OPENED_ON, "phase": Phase.NOTICE}
REFUSAL = Reply(409, "EXT-2", "Le parcours a été prolongé au plus.")


class Journeys:
    """Answers as told and remembers what was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Request]] = []
        self.answer: Reply | Exception = Reply(201, "EXT-2", "Prolongé.", {"ends_on": "2027-01-01"})

    async def ask(self, _: Client, siren: str, request: Request) -> Reply:
        self.asked.append((siren, request))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def journeys(monkeypatch: pytest.MonkeyPatch) -> Journeys:
    stand_in = Journeys()
    monkeypatch.setattr(asking, "ask", stand_in.ask)
    return stand_in


async def test_the_page_shows_both_ends(pages: Pages) -> None:
    await pages.become(**IN_NOTICE)
    text = (await pages.browser.get(pages.link("extend"))).text
    for months in (18, 24):
        assert jour_mail(add_months(OPENED_ON, months)) in text


async def test_before_the_notice_the_page_says_when_to_come_back(pages: Pages) -> None:
    text = (await pages.browser.get(pages.link("extend"))).text
    assert "La prolongation se demande à partir du préavis" in text
    assert "Votre parcours continue" in text
    assert "pas possible" not in text
    assert "<form" not in text


async def test_a_closed_journey_may_resume(pages: Pages) -> None:
    opened_on = add_months(TODAY, -19)
    await pages.become(phase=Phase.CLOSED, opened_on=opened_on, closed_at=NOW, close_reason=CloseReason.TERM)
    text = (await pages.browser.get(pages.link("extend"))).text
    assert "Reprendre votre parcours\u00a0?" in text
    assert jour_mail(add_months(TODAY, 6)) in text


async def test_the_link_of_a_journey_that_resumed_says_that_it_goes_on(pages: Pages) -> None:
    until = add_months(TODAY, 6)
    opened_on = add_months(TODAY, -19)
    await pages.become(phase=Phase.ACTIVE, opened_on=opened_on, resumed_on=TODAY, resumed_until=until, extensions=1)
    text = (await pages.browser.get(pages.link("extend"))).text
    assert "Il a repris" in text
    assert jour_mail(until) in text
    assert "pas possible" not in text


async def test_a_return_past_thirty_six_months_is_refused_as_a_return(pages: Pages) -> None:
    opened_on = add_months(TODAY, -37)
    await pages.become(phase=Phase.CLOSED, opened_on=opened_on, closed_at=NOW, close_reason=CloseReason.TERM)
    text = (await pages.browser.get(pages.link("extend"))).text
    assert "La reprise n'est pas possible" in text
    assert "La prolongation" not in text


async def test_the_button_asks_the_journey_then_the_page_says_so(pages: Pages, journeys: Journeys) -> None:
    await pages.become(**IN_NOTICE)
    link = pages.link("extend")
    answer = await pages.browser.post(link, data={"fin": "2026-05-01"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{link}?fait")
    ((siren, request),) = journeys.asked
    assert (siren, request.ask) == (SIREN, Ask.EXTEND)
    assert "Votre parcours continue" in (await pages.browser.get(answer.headers["location"])).text


async def test_a_double_click_asks_the_same_thing(pages: Pages, journeys: Journeys) -> None:
    await pages.become(**IN_NOTICE)
    link = pages.link("extend")
    for end in ("2026-05-01", "2026-05-01", "2026-11-01"):
        await pages.browser.post(link, data={"fin": end})
    first, second, later = [request.id for _, request in journeys.asked]
    assert first == second != later


async def test_a_refusal_is_shown_with_its_reason(pages: Pages, journeys: Journeys) -> None:
    journeys.answer = REFUSAL
    answer = await pages.browser.post(pages.link("extend"), data={})
    assert answer.status_code == 409
    assert REFUSAL.detail in answer.text


async def test_a_journey_that_does_not_answer_can_be_asked_again(pages: Pages, journeys: Journeys) -> None:
    journeys.answer = NoAnswer("RPCError")
    link = pages.link("extend")
    answer = await pages.browser.post(link, data={})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
    assert link in answer.text
