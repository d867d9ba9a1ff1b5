"""ENR-5, COM-1, EXT-5: what the enterprise chooses on the pages becomes an event, once."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import update

from db.tables import events
from domain.state import Phase
from tests.web.conftest import JOURNEY, NOW, SIREN, Pages

ALL = ["sms:reminder", "mail:reminder", "sms:information", "mail:information"]


async def test_the_confirmation_page_shows_what_is_known_and_who_corrects_it(pages: Pages) -> None:
    text = (await pages.browser.get(pages.link("confirm"))).text
    for shown in (
        "Nadia Fournil",
        "nadia@example.org",
        "06\u00a039\u00a098\u00a000\u00a001",
        "Alice Martin",
        "01\u00a099\u00a000\u00a000\u00a001",
    ):
        assert shown in text


async def test_a_confirmation_is_stored_once_and_shown_at_once(pages: Pages) -> None:
    link = pages.link("confirm")
    for _ in range(2):
        answer = await pages.browser.post(link)
        assert (answer.status_code, answer.headers["location"]) == (303, link)
    (event,) = await pages.rows(events)
    assert (event.source, event.type, event.siren, event.organisation) == (
        "parcours/portal",
        "contact.confirmed",
        SIREN,
        "urssaf-idf",
    )
    assert link.removeprefix("/l/") not in event.id
    page = (await pages.browser.get(link)).text
    assert "Vos coordonnées sont confirmées" in page
    assert "Ces coordonnées sont exactes" not in page


async def test_an_event_happens_on_the_clock_of_the_journey(pages: Pages) -> None:
    await pages.save(JOURNEY, ahead_seconds=timedelta(days=10).total_seconds())
    await pages.browser.post(pages.link("confirm"))
    (event,) = await pages.rows(events)
    assert timedelta(days=10) <= event.time - NOW < timedelta(days=11)


async def test_choices_are_the_whole_of_what_is_refused(pages: Pages) -> None:
    link = pages.link("preferences")
    await pages.browser.post(link, data={"recevoir": ["sms:reminder", "mail:reminder", "mail:information"]})
    (event,) = await pages.rows(events)
    assert (event.type, event.data) == ("preferences.chosen", {"opt_outs": ["sms:information"]})
    page = (await pages.browser.get(link)).text
    assert 'value="sms:information">' in page
    assert 'value="sms:reminder" checked>' in page


async def test_the_same_choice_twice_is_one_event(pages: Pages) -> None:
    for _ in range(2):
        await pages.browser.post(pages.link("preferences"), data={"recevoir": ALL[:2]})
    assert len(await pages.rows(events)) == 1


async def test_choices_that_change_nothing_store_nothing(pages: Pages) -> None:
    await pages.browser.post(pages.link("preferences"), data={"recevoir": ALL})
    assert await pages.rows(events) == []


async def test_a_choice_may_be_made_again_after_another(pages: Pages) -> None:
    link = pages.link("preferences")
    for kept in (ALL[:2], ALL, ALL[:2], ALL):
        await pages.browser.post(link, data={"recevoir": kept})
    assert [len(event.data["opt_outs"]) for event in await pages.rows(events)] == [2, 0, 2, 0]


async def test_the_page_says_that_messages_of_a_case_cannot_be_refused(pages: Pages) -> None:
    assert "ne peuvent pas être refusés" in (await pages.browser.get(pages.link("preferences"))).text


async def test_one_click_unsubscribes_from_mail_and_from_nothing_else(pages: Pages) -> None:
    await pages.become(opt_outs=("sms:information",))
    answer = await pages.browser.post(pages.link("preferences"), data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    (event,) = await pages.rows(events)
    assert event.data == {"opt_outs": ["mail:information", "mail:reminder", "sms:information"]}


FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"
PART = b'--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n'
BODIES: dict[str, tuple[str | None, bytes]] = {
    "as RFC 8058 says": (FORM, b"List-Unsubscribe=One-Click"),
    "multipart": (MULTIPART, PART),
    "multipart cut short": (MULTIPART, PART[:40]),
    "multipart without boundary": ("multipart/form-data", PART),
    "plain text": ("text/plain", b"List-Unsubscribe=One-Click"),
    "lower case": (FORM, b"list-unsubscribe=one-click"),
    "with its line end": (FORM, b"List-Unsubscribe=One-Click\r\n"),
    "with a charset": (f"{FORM}; charset=UTF-8", b"List-Unsubscribe=One-Click"),
    "JSON": ("application/json", b'{"List-Unsubscribe": "One-Click"}'),
    "JSON that names our fields": ("application/json", b'{"arret": "oui", "recevoir": []}'),
    "without a type": (None, b"List-Unsubscribe=One-Click"),
    "empty": (FORM, b""),
    "empty without a type": (None, b""),
    "unknown": (FORM, b"action=unsubscribe&email=x"),
    "no text at all": ("application/octet-stream", b"\xff\xfe\x00"),
    "not UTF-8": (FORM, b"List-Unsubscribe=One-Click&x=\xe9"),
}


@pytest.mark.parametrize("body", BODIES, ids=str)
async def test_one_click_however_a_mail_program_posts_it_refuses_optional_mail_and_nothing_else(
    pages: Pages, body: str
) -> None:
    await pages.become(opt_outs=("sms:information",))
    kind, content = BODIES[body]
    for _ in range(2):
        headers = {"Content-Type": kind} if kind else {}
        answer = await pages.browser.post(pages.link("preferences"), content=content, headers=headers)
        assert answer.status_code == 200
        assert "désinscri" in answer.text.lower()
    (event,) = await pages.rows(events)
    assert (event.type, event.data["opt_outs"]) == (
        "preferences.chosen",
        ["mail:information", "mail:reminder", "sms:information"],
    )


async def test_one_click_in_pieces_without_a_length_is_taken_too(pages: Pages) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"List-Unsubscribe="
        yield b"One-Click"

    answer = await pages.browser.post(pages.link("preferences"), content=pieces(), headers={"Content-Type": FORM})
    assert answer.status_code == 200
    assert [it.type for it in await pages.rows(events)] == ["preferences.chosen"]


async def test_refusing_everything_is_said_by_the_button_of_the_page(pages: Pages) -> None:
    link = pages.link("preferences")
    assert 'name="acte" value="choisir"' in (await pages.browser.get(link)).text
    await pages.browser.post(link, data={"acte": "choisir"})
    (event,) = await pages.rows(events)
    assert event.data == {"opt_outs": sorted(ALL)}


async def test_declining_asks_first_then_is_stored_once(pages: Pages) -> None:
    link = pages.link("preferences")
    asked = (await pages.browser.get(f"{link}?arret")).text
    assert "Mettre fin à l'accompagnement\u00a0?" in asked
    for _ in range(2):
        assert (await pages.browser.post(link, data={"arret": "oui"})).headers["location"] == link
    assert [event.type for event in await pages.rows(events)] == ["journey.declined"]
    page = (await pages.browser.get(link)).text
    assert "l'accompagnement s'arrête" in page
    assert "?arret" not in page


async def test_a_closed_journey_cannot_be_declined(pages: Pages) -> None:
    await pages.become(phase=Phase.CLOSED, closed_at=NOW)
    assert "?arret" not in (await pages.browser.get(pages.link("preferences"))).text


async def test_applied_choices_come_from_the_journey(pages: Pages) -> None:
    await pages.browser.post(pages.link("preferences"), data={"recevoir": ALL[:2]})
    async with pages.engine.begin() as connection:
        await connection.execute(update(events).values(status="applied"))
    assert 'value="mail:information" checked>' in (await pages.browser.get(pages.link("preferences"))).text
