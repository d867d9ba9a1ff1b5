"""ENR-5: a new address is used once its code was answered. COM-10: the links of before are dead."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from httpx import Response
from sqlalchemy import update

from activities.absorbing import absorb_pending
from db import enterprises, events, tables
from db.events import NewEvent
from domain.messages import Recipient
from notifications.links import Holder, Links
from tests.domain.rules.life import RULEBOOK
from tests.web.conftest import CONTACT, KEY, SIREN, Pages

NEW = "nadia.fournil@example.org"
MOBILE = "06 39 98 00 09"
LANDLINE = "01 99 00 12 34"
ACCOUNTANT = Holder(Recipient.ACCOUNTANT)


async def correct(pages: Pages, link: str, **typed: str) -> Response:
    known = {"name": CONTACT["contact_name"], "email": CONTACT["email"], "phone": CONTACT["phone"]}
    return await pages.browser.post(link, data={"acte": "corriger", **known, **typed})


async def details(pages: Pages) -> tuple[Any, ...]:
    async with pages.engine.connect() as connection:
        known = await enterprises.read(connection, SIREN)
    assert known
    return known.contact_name, known.email, known.phone


async def proposals(pages: Pages) -> list[Any]:
    return [it for it in await pages.rows(tables.events) if it.type == "contact.proposed"]


async def code(pages: Pages, channel: str, which: int = -1) -> str:
    return Links(KEY, "").code(SIREN, (await proposals(pages))[which].id, channel)


async def answer(pages: Pages, link: str, **codes: str) -> Response:
    return await pages.browser.post(link, data={"acte": "code", **codes})


async def test_a_new_address_is_used_once_its_code_was_answered(pages: Pages) -> None:
    link = pages.link("confirm")
    asked = await correct(pages, link, email=NEW)
    assert (asked.status_code, asked.headers["location"]) == (303, f"{link}#code")
    assert await details(pages) == ("Nadia Fournil", "nadia@example.org", "+33639980001")
    shown = (await pages.browser.get(link)).text
    assert NEW in shown
    assert "code_mail" in shown
    assert "code_sms" not in shown
    answered = await answer(pages, link, code_mail=await code(pages, "mail"))
    assert answered.status_code == 303
    assert await details(pages) == ("Nadia Fournil", NEW, "+33639980001")
    new = (await pages.browser.get(answered.headers["location"])).text
    assert "Vos coordonnées sont confirmées" in new


async def test_no_address_stands_in_a_page_s_own_address(pages: Pages) -> None:
    link = pages.link("confirm")
    await correct(pages, link, email=NEW)
    answered = await answer(pages, link, code_mail=await code(pages, "mail"))
    assert "nadia" not in answered.headers["location"]


async def test_the_links_of_the_person_before_are_dead_and_the_new_one_works(pages: Pages) -> None:
    link, other = pages.link("confirm"), pages.link("preferences")
    await correct(pages, link, email=NEW)
    assert (await pages.browser.get(other)).status_code == 200
    answered = await answer(pages, link, code_mail=await code(pages, "mail"))
    assert [(await pages.browser.get(it)).status_code for it in (link, other)] == [410, 410]
    assert (await pages.browser.get(answered.headers["location"])).status_code == 200


async def test_both_new_addresses_answer_each_its_own_code(pages: Pages) -> None:
    link = pages.link("confirm")
    await correct(pages, link, email=NEW, phone=MOBILE)
    mail, sms = await code(pages, "mail"), await code(pages, "sms")
    assert mail != sms
    for wrong in ({"code_mail": mail}, {"code_mail": mail, "code_sms": mail}, {"code_mail": sms, "code_sms": sms}):
        refused = await answer(pages, link, **wrong)
        assert refused.status_code == 422
        assert "pas celui que nous avons" in refused.text
    assert (await details(pages))[1:] == ("nadia@example.org", "+33639980001")
    assert (await answer(pages, link, code_mail=f"{mail[:3]} {mail[3:]}", code_sms=sms)).status_code == 303
    assert (await details(pages))[1:] == (NEW, "+33639980009")


async def test_guessing_ends_after_five_codes_even_with_the_right_one(pages: Pages) -> None:
    link = pages.link("confirm")
    await correct(pages, link, email=NEW)
    right = await code(pages, "mail")
    wrong = f"{(int(right) + 1) % 10**6:06}"
    for _ in range(5):
        assert "pas celui que nous avons" in (await answer(pages, link, code_mail=wrong)).text
    assert "pour protéger votre dossier" in (await answer(pages, link, code_mail=right)).text
    assert (await details(pages))[1] == "nadia@example.org"


async def test_codes_tried_at_once_are_counted_together(pages: Pages) -> None:
    link = pages.link("confirm")
    await correct(pages, link, email=NEW)
    answers = await asyncio.gather(*(answer(pages, link, code_mail=f"{it:06}x") for it in range(8)))
    assert sum("pas celui que nous avons" in it.text for it in answers) == 5


async def test_a_code_is_over_after_half_an_hour(pages: Pages) -> None:
    link = pages.link("confirm")
    await correct(pages, link, email=NEW)
    right = await code(pages, "mail")
    async with pages.engine.begin() as connection:
        earlier = tables.events.c.time - timedelta(minutes=31)
        await connection.execute(update(tables.events).values(time=earlier))
    refused = await answer(pages, link, code_mail=right)
    assert refused.status_code == 422
    assert "plus valable" in refused.text


async def test_a_code_of_one_proposal_says_nothing_of_the_next(pages: Pages) -> None:
    link = pages.link("confirm")
    await correct(pages, link, email="somebody@example.org")
    first = await code(pages, "mail")
    await correct(pages, link, email=NEW)
    assert (await answer(pages, link, code_mail=first)).status_code == 422
    assert (await details(pages))[1] == "nadia@example.org"


async def test_strangers_are_not_flooded_with_codes(pages: Pages) -> None:
    link = pages.link("confirm")
    answers = [await correct(pages, link, email=f"somebody.{rank}@example.org") for rank in range(7)]
    assert [it.status_code for it in answers] == [303] * 5 + [422] * 2
    assert len(await proposals(pages)) == 5


async def test_urssafs_word_since_the_proposal_ends_it(pages: Pages) -> None:
    link = pages.link("confirm")
    await correct(pages, link, email=NEW)
    right = await code(pages, "mail")
    omar = {"contact": {"name": "Omar Levain", "email": "omar@example.org"}}
    async with pages.engine.begin() as connection:
        told = NewEvent("urssaf", "told", "contact.changed", SIREN, "urssaf-idf", datetime.now(UTC), omar)
        await events.store(connection, [told])
    assert (await answer(pages, link, code_mail=right)).status_code == 410
    assert (await details(pages))[1] == "omar@example.org"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ({"name": "Nadia Fournil-Blé"}, ("Nadia Fournil-Blé", "nadia@example.org", "+33639980001")),
        ({"phone": ""}, ("Nadia Fournil", "nadia@example.org", None)),
        ({"phone": LANDLINE}, ("Nadia Fournil", "nadia@example.org", "+33199001234")),
    ],
)
async def test_what_nobody_writes_to_needs_no_code(
    pages: Pages, typed: dict[str, str], kept: tuple[str | None, ...]
) -> None:
    answered = await correct(pages, pages.link("confirm"), **typed)
    assert answered.status_code == 303
    assert await details(pages) == kept
    assert (await pages.browser.get(answered.headers["location"])).status_code == 200


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"name": " "}, "Indiquez le nom"),
        ({"name": "Nadia\x00"}, "Indiquez le nom"),
        ({"email": "nadia@"}, "Cette adresse mail"),
        ({"phone": "06 12"}, "Ce numéro"),
        ({"email": "", "phone": ""}, "Indiquez une adresse mail ou un numéro"),
    ],
)
async def test_what_is_wrong_is_said_by_field_and_nothing_typed_is_lost(
    pages: Pages, typed: dict[str, str], said: str
) -> None:
    refused = await correct(pages, pages.link("confirm"), **({"name": "Zoé Retapée"} | typed))
    assert refused.status_code == 422
    assert said in refused.text
    assert "name" in typed or "Zoé Retapée" in refused.text
    assert await pages.rows(tables.events) == []


async def test_an_accountant_corrects_and_does_not_confirm(pages: Pages) -> None:
    await pages.become(accountant=True)
    link = pages.link("confirm", holder=ACCOUNTANT)
    assert (await pages.browser.post(link)).status_code == 403
    assert (await correct(pages, link, email=NEW)).status_code == 303
    answered = await answer(pages, link, code_mail=await code(pages, "mail"))
    assert (answered.status_code, answered.headers["location"]) == (303, link)
    assert (await details(pages))[1] == NEW
    lines = [it.summary for it in await pages.rows(tables.timeline)]
    assert "Coordonnées corrigées par l'expert-comptable" in lines


async def test_the_same_details_again_are_no_correction(pages: Pages) -> None:
    link = pages.link("confirm")
    assert (await correct(pages, link)).status_code == 303
    assert await pages.rows(tables.events) == []
    assert (await pages.browser.get(link)).status_code == 200


async def test_an_agents_correction_is_asked_to_be_confirmed(pages: Pages) -> None:
    await pages.become(corrected_at=datetime.now(UTC), confirmed_at=None)
    link = pages.link("confirm")
    assert "Ces coordonnées sont exactes" in (await pages.browser.get(link)).text
    await pages.browser.post(link)
    async with pages.engine.begin() as connection:
        await absorb_pending(connection, RULEBOOK, SIREN)
    assert "Vos coordonnées sont confirmées" in (await pages.browser.get(link)).text
