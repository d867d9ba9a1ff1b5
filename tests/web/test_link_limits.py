"""Nobody floods by a signed link: limits for each link and each enterprise, whatever process is asked."""

from __future__ import annotations

from html import unescape

import httpx
import pytest
from sqlalchemy import update

from db import link_deeds
from db.tables import link_deeds as counted
from db.tables import messages, notes, tasks, timeline
from domain.messages import Recipient
from notifications.links import Holder
from tests.web.cases import Steps
from tests.web.conftest import SIREN, URL, Pages, settings_of
from web.app import create_pages
from web.portal import limits
from web.portal.limits import DEEDS

TEXT = "On ne me répond pas.\nDepuis dix jours."


def problem(rank: int) -> dict[str, str]:
    return {"acte": "probleme", "texte": f"{TEXT} {rank}", "vue": str(rank)}


async def test_a_flood_of_requests_is_one_task_one_acknowledgement_and_then_a_page_that_loses_nothing(
    pages: Pages, steps: Steps
) -> None:
    link = pages.link("help")
    for rank in range(DEEDS.link):
        assert (await pages.browser.post(link, data=problem(rank))).status_code == 303
    before = {name: rows for name, rows in (await pages.content()).items() if name != "link_deeds"}
    answer = await pages.browser.post(link, data=problem(99))
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 3600
    shown = unescape(answer.text)
    assert f'action="{link}"' in shown
    assert f">{TEXT} 99</textarea>" in shown
    assert 'name="acte" value="probleme"' in shown
    assert "rien de ce que vous avez écrit n'est perdu" in shown.replace("\u00a0", " ")
    assert {name: rows for name, rows in (await pages.content()).items() if name != "link_deeds"} == before
    assert [row.kind for row in await pages.rows(tasks)].count("request") == 1
    assert {row.template for row in await pages.rows(messages)} == {"problem_received"}
    assert len(await pages.rows(messages)) <= 2
    assert len(await pages.rows(notes)) == DEEDS.link
    added = [row for row in await pages.rows(timeline) if row.summary.startswith("Précision ajoutée")]
    assert len(added) == DEEDS.link - 1
    assert "y sera joint" in (await pages.browser.get(link)).text


async def test_another_process_knows_what_was_done_and_another_link_only_shares_the_enterprise(
    pages: Pages, steps: Steps
) -> None:
    link = pages.link("help")
    for rank in range(DEEDS.link):
        await pages.browser.post(link, data=problem(rank))
    app = create_pages(settings_of(), pages.engine, None)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=URL) as elsewhere:
        assert (await elsewhere.post(link, data=problem(99))).status_code == 429
        other = pages.link("help", holder=Holder(Recipient.ACCOUNTANT))
        assert (await elsewhere.post(other, data=problem(98))).status_code == 303


async def test_what_is_an_hour_old_counts_no_more(pages: Pages, steps: Steps) -> None:
    link = pages.link("help")
    for rank in range(DEEDS.link):
        await pages.browser.post(link, data=problem(rank))
    async with pages.engine.begin() as connection:
        await connection.execute(update(counted).values(at=counted.c.at - link_deeds.HOUR))
    assert (await pages.browser.post(link, data=problem(99))).status_code == 303
    assert len(await pages.rows(counted)) == 1


async def test_each_kind_and_each_enterprise_has_its_limit(pages: Pages) -> None:
    few = link_deeds.Limits(link=2, kind=3, enterprise=4)
    async with pages.engine.begin() as connection:

        async def deed(link: str, kind: str, siren: str = SIREN) -> bool:
            return await link_deeds.take(connection, siren, link, kind, few) is None

        assert [await deed("a", "help") for _ in range(3)] == [True, True, False]
        assert [await deed(link, "help") for link in "bcd"] == [True, False, False]
        assert [await deed(link, "slot") for link in "ef"] == [True, False]
        assert await deed("a", "help", "552100554")


async def test_reading_is_held_back_too(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LINK_PER_MINUTE", 1)
    app = create_pages(settings_of(), pages.engine, None)  # type: ignore[arg-type]
    link = pages.link("confirm")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=URL) as browser:
        assert (await browser.get(link)).status_code == 200
        refused = await browser.get(link)
        assert (refused.status_code, "rechargez la page" in refused.text) == (429, True)
        assert int(refused.headers["retry-after"]) >= 1
        posted = await browser.post(link, data={"texte": TEXT})
        assert (posted.status_code, TEXT in unescape(posted.text)) == (429, True)
        assert (await browser.get(pages.link("preferences"))).status_code == 200


async def test_the_links_of_one_enterprise_are_held_back_together(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "ENTERPRISE_PER_MINUTE", 1)
    app = create_pages(settings_of(), pages.engine, None)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=URL) as browser:
        assert (await browser.get(pages.link("confirm"))).status_code == 200
        assert (await browser.get(pages.link("preferences"))).status_code == 429


async def test_unsubscribing_is_never_held_back(pages: Pages) -> None:
    link = pages.link("preferences")
    for rank in range(DEEDS.link):
        await pages.browser.post(link, data={"acte": "choisir", "recevoir": ["sms:reminder"] * (rank % 2)})
    assert (await pages.browser.post(link, data={"acte": "choisir"})).status_code == 429
    answer = await pages.browser.post(link, data={"List-Unsubscribe": "One-Click"})
    assert (answer.status_code, "désinscri" in answer.text.lower()) == (200, True)


async def test_what_is_no_link_is_counted_for_nobody(pages: Pages) -> None:
    assert (await pages.browser.post("/l/nothing", data=problem(1))).status_code == 404
    assert await pages.rows(counted) == []
