"""SAT-1: two questions, answered once."""

import pytest

from db.tables import surveys
from tests.web.conftest import SIREN, Pages


async def test_an_answer_is_kept_for_its_moment(pages: Pages) -> None:
    link = pages.link("survey", "exit:2026-05-01")
    answer = await pages.browser.post(link, data={"satisfaction": "4", "effort": "2", "comment": " Merci !\x00 "})
    assert (answer.status_code, answer.headers["location"]) == (303, link)
    (kept,) = await pages.rows(surveys)
    assert (kept.siren, kept.moment, kept.satisfaction, kept.effort) == (SIREN, "exit:2026-05-01", 4, 2)
    assert kept.comment == "Merci !"
    assert "Merci de votre avis" in (await pages.browser.get(link)).text


async def test_a_second_answer_replaces_nothing(pages: Pages) -> None:
    for mark in ("5", "1"):
        answer = await pages.browser.post(pages.link("survey", "exit"), data={"satisfaction": mark, "effort": "1"})
        assert answer.status_code == 303
    (kept,) = await pages.rows(surveys)
    assert kept.satisfaction == 5


@pytest.mark.parametrize("mark", ["0", "6", "", "deux", "²"])
async def test_a_mark_out_of_range_is_explained_and_keeps_the_rest(pages: Pages, mark: str) -> None:
    form = {"satisfaction": mark, "effort": "3", "comment": "Bonjour"}
    answer = await pages.browser.post(pages.link("survey", "exit"), data=form)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert 'href="#satisfaction-1"' in answer.text
    assert 'id="effort-3" name="effort" value="3" checked' in answer.text
    assert ">Bonjour</textarea>" in answer.text
    assert await pages.rows(surveys) == []


async def test_a_comment_is_shown_as_text(pages: Pages) -> None:
    answer = await pages.browser.post(pages.link("survey", "exit"), data={"comment": "</textarea><script>"})
    assert "<script>" not in answer.text
