"""What is done by a signed link stands in the trail: kind, enterprise and deed, never the link (SPC-6, S12)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from db.codec import load_journey
from db.tables import accesses, journeys
from tests.web.cases import OFFERED, every_case
from tests.web.conftest import SIREN, Pages
from web.portal.signed import ACTIONS

SUBJECTS = {"clients": UUID(int=1).hex}


async def lines(pages: Pages) -> list[Any]:
    return sorted(await pages.rows(accesses), key=lambda row: row.id)


async def test_a_deed_leaves_a_line_without_the_link(pages: Pages) -> None:
    link = pages.link("confirm")
    assert (await pages.browser.get(link)).status_code == 200
    assert await lines(pages) == []
    assert (await pages.browser.post(link, data={})).status_code == 303
    [line] = await lines(pages)
    assert (line.organisation, line.author, line.role) == ("urssaf-idf", "enterprise", "enterprise")
    assert (line.action, line.siren, line.outcome) == ("link:confirm", SIREN, "done")
    assert link.removeprefix("/l/") not in str(line)


async def test_the_button_pressed_and_the_case_are_named_and_a_refusal_too(pages: Pages) -> None:
    await pages.become(appointments={OFFERED.id: OFFERED})
    link = pages.link("slot", OFFERED.id)
    form = {"acte": "deplacer", "creneau": "nothing phone", "vue": "1"}
    answer = await pages.browser.post(link, data=form)
    written = [(it.action, it.subject, it.outcome) for it in await lines(pages)]
    expected = [("link:slot:deplacer", OFFERED.id, "conflict")] if answer.status_code == 409 else []
    assert written == expected


async def test_a_form_never_brings_words_of_its_own_into_the_trail(pages: Pages) -> None:
    await pages.browser.post(pages.link("confirm"), data={"acte": "Léa Dupont, 06 39 98 00 01"})
    assert [it.action for it in await lines(pages)] == ["link:confirm"]


async def test_a_link_that_is_none_any_more_leaves_a_line_of_nobody(pages: Pages) -> None:
    for link in ("/l/nothing", pages.link("confirm", valid_for=timedelta(seconds=-1))):
        await pages.browser.post(link, data={})
    told = [(it.organisation, it.author, it.action, it.outcome) for it in await lines(pages)]
    assert told == [("", "anonymous", "link", "unauthenticated")] * 2


@pytest.mark.parametrize("action", sorted(ACTIONS))
async def test_after_a_transfer_a_link_speaks_for_the_new_organisation_alone(pages: Pages, action: str) -> None:
    cases = await every_case(pages)
    moved = {"organisation": "urssaf-rhone-alpes", "referent": None}
    stored = next(row for row in await pages.rows(journeys) if row.siren == SIREN)
    await pages.save(replace(load_journey(stored.state), **moved))
    for name, link in {**cases, action: pages.link(action, SUBJECTS.get(action, ""))}.items():
        answer = await pages.browser.get(link)
        assert answer.status_code < 500, name
        assert "Alice Martin" not in answer.text, name
        assert "urssaf-idf.example" not in answer.text, name
