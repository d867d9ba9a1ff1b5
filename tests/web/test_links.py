"""COM-7: one action, one enterprise, until a date; reading changes nothing."""

from datetime import timedelta

import pytest

from tests.web.conftest import JOURNEY, Pages

ACTIONS = ("confirm", "preferences", "extend", "survey", "agenda")
CASES = ("reply", "slot")


@pytest.mark.parametrize("action", ACTIONS)
async def test_reading_a_page_changes_nothing(pages: Pages, action: str) -> None:
    before = await pages.content()
    for address in (pages.link(action), f"{pages.link(action)}?arret", f"{pages.link(action)}?fait"):
        assert (await pages.browser.get(address)).status_code == 200
        assert (await pages.browser.head(address)).status_code == 200
    assert await pages.content() == before


@pytest.mark.parametrize("action", [*ACTIONS, *CASES])
async def test_an_expired_link_does_nothing_and_says_how_to_reach_the_organisation(pages: Pages, action: str) -> None:
    before = await pages.content()
    link = pages.link(action, valid_for=timedelta(seconds=-1))
    for answer in (await pages.browser.get(link), await pages.browser.post(link, data={"arret": "oui"})):
        assert answer.status_code == 410
        assert "Ce lien a expiré" in answer.text
        assert "jeunes-entreprises@urssaf-idf.example" in answer.text
    assert await pages.content() == before


async def test_a_link_expires_on_the_clock_of_its_journey(pages: Pages) -> None:
    await pages.save(JOURNEY, ahead_seconds=timedelta(days=31).total_seconds())
    assert (await pages.browser.get(pages.link("confirm", valid_for=timedelta(days=30)))).status_code == 410
    assert (await pages.browser.get(pages.link("confirm", valid_for=timedelta(days=32)))).status_code == 200


@pytest.mark.parametrize("token", ["nothing", "é", "a" * 200, "%00"])
async def test_what_is_not_a_link_is_not_found(pages: Pages, token: str) -> None:
    answer = await pages.browser.get(f"/l/{token}")
    assert answer.status_code == 404
    assert "<h1>Ce lien n'est pas reconnu</h1>" in answer.text


async def test_a_tampered_link_is_not_found_and_does_nothing(pages: Pages) -> None:
    before = await pages.content()
    link = pages.link("confirm")
    for place in range(3, len(link)):
        other = "A" if link[place] != "A" else "B"
        assert (await pages.browser.post(link[:place] + other + link[place + 1 :])).status_code == 404
    assert await pages.content() == before


async def test_a_link_does_only_its_own_action(pages: Pages) -> None:
    await pages.browser.post(pages.link("confirm"), data={"arret": "oui", "satisfaction": "5", "effort": "1"})
    await pages.browser.post(pages.link("survey"), data={"arret": "oui"})
    events, answers = (await pages.content())["events"], (await pages.content())["surveys"]
    assert [event.type for event in events] == ["contact.confirmed"]
    assert answers == []


@pytest.mark.parametrize("action", CASES)
async def test_a_link_to_a_case_the_enterprise_does_not_have_is_not_found(pages: Pages, action: str) -> None:
    assert (await pages.browser.get(pages.link(action))).status_code == 404


async def test_an_agenda_has_no_button(pages: Pages) -> None:
    assert "<form" not in (await pages.browser.get(pages.link("agenda"))).text
    assert (await pages.browser.post(pages.link("agenda"), data={})).status_code == 405


async def test_a_form_of_unreasonable_length_is_refused(pages: Pages) -> None:
    assert (await pages.browser.post(pages.link("survey"), data={"comment": "a" * 70_000})).status_code == 413
