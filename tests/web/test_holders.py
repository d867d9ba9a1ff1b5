"""COM-10: a link dies with the person it was made for. SPC-6: what an accountant does by one is the accountant's."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from activities.absorbing import absorb_pending
from db import enterprises, events, tables
from domain.calendar import add_months
from domain.messages import Recipient
from domain.state import Phase
from notifications.links import ACTIONS, Holder
from tests.domain.rules.life import RULEBOOK
from tests.web.cases import COUNTERED, OFFERED, Steps, every_case
from tests.web.conftest import CONTACT, FIRST_CONTACT, JOURNEY, NOW, SIREN, TODAY, Pages

FIRST_ACCOUNTANT = Holder(Recipient.ACCOUNTANT)
BEFORE_BINDING = None
HOLDERS = {"contact": FIRST_CONTACT, "accountant": FIRST_ACCOUNTANT, "before": BEFORE_BINDING}

NADIA = {"name": CONTACT["contact_name"], "email": CONTACT["email"], "phone": CONTACT["phone"]}
CABINET = {"name": "Cabinet Cyprès", "email": "cabinet@example.org", "phone": None}
SENT = UUID(int=1)
SUBJECTS = {"reply": COUNTERED.id, "slot": OFFERED.id, "plan": f"{JOURNEY.account}/2026-05", "clients": SENT.hex}
KINDS = sorted(set(ACTIONS.values()))

CHANGED, APPOINTED, DISMISSED = "contact.changed", "accountant.appointed", "accountant.dismissed"
HAPPENINGS: dict[str, tuple[str, dict[str, Any], set[str]]] = {
    "another contact": (CHANGED, {"contact": {"name": "Omar Levain", "email": "omar@example.org"}}, {"contact"}),
    "another mail": (CHANGED, {"contact": NADIA | {"email": "n.fournil@example.org"}}, {"contact"}),
    "another phone": (CHANGED, {"contact": NADIA | {"phone": "+33639980009"}}, {"contact"}),
    "another name": (CHANGED, {"contact": NADIA | {"name": "Omar Levain"}}, {"contact"}),
    "a phone that is gone": (CHANGED, {"contact": NADIA | {"phone": None}}, {"contact"}),
    "the same contact said again": (CHANGED, {"contact": NADIA | {"email": "Nadia@Example.org"}}, set()),
    "the accountant dismissed": (DISMISSED, {}, {"accountant"}),
    "the accountant replaced": (APPOINTED, {"accountant": CABINET | {"email": "else@example.org"}}, {"accountant"}),
    "the same accountant said again": (APPOINTED, {"accountant": CABINET | {"name": "CABINET CYPRÈS"}}, set()),
    "a phone told of the same accountant": (APPOINTED, {"accountant": CABINET | {"phone": "+33139980001"}}, set()),
}


async def settle(pages: Pages) -> None:
    """A journey with a case for each kind of link, followed by an accountant who was written to."""
    await every_case(pages, opened_on=add_months(TODAY, -17), phase=Phase.NOTICE, accountant=True)
    async with pages.engine.begin() as connection:
        theirs = {f"accountant_{name}": value for name, value in CABINET.items()}
        await enterprises.describe(connection, SIREN, theirs)
    await pages.message(id=SENT, channel="mail", recipient="accountant", to="cabinet@example.org", template="clients")


async def hear(pages: Pages, event_type: str, data: dict[str, Any], rank: int = 1) -> None:
    """Urssaf's systems say something; nothing has applied it yet."""
    told = events.NewEvent("urssaf", f"told-{rank}", event_type, SIREN, "urssaf-idf", datetime.now(UTC), data)
    async with pages.engine.begin() as connection:
        await events.store(connection, [told])


def link(pages: Pages, kind: str, holder: Holder | None) -> str:
    return pages.link(kind, SUBJECTS.get(kind, ""), holder=holder)


async def states(pages: Pages) -> dict[tuple[str, str], int]:
    """What each kind of link made for each holder answers."""
    return {
        (name, kind): (await pages.browser.get(link(pages, kind, holder))).status_code
        for name, holder in HOLDERS.items()
        for kind in KINDS
    }


async def test_every_link_works_while_its_person_stays(pages: Pages) -> None:
    await settle(pages)
    assert set((await states(pages)).values()) == {200}


@pytest.mark.parametrize("happening", HAPPENINGS)
async def test_a_link_dies_with_its_person_and_with_nobody_else(pages: Pages, happening: str) -> None:
    event_type, data, gone = HAPPENINGS[happening]
    await settle(pages)
    await hear(pages, event_type, data)
    dead = gone | ({"before"} if gone else set())  # nobody knows which of the two a link of before was made for
    for (name, kind), status in (await states(pages)).items():
        assert status == (410 if name in dead else 200), (name, kind)


@pytest.mark.parametrize("happening", ["another contact", "the accountant dismissed"])
async def test_a_dead_link_does_nothing_names_nobody_and_says_what_to_do(pages: Pages, happening: str) -> None:
    event_type, data, [gone] = HAPPENINGS[happening]
    await settle(pages)
    await hear(pages, event_type, data)
    async with pages.engine.begin() as connection:
        await absorb_pending(connection, RULEBOOK, SIREN)
    before = await pages.content()
    for kind in KINDS:
        answer = await pages.browser.post(link(pages, kind, HOLDERS[gone]), data={"arret": "oui", "acte": "probleme"})
        assert answer.status_code == 410, kind
        assert "Ce lien est fermé" in answer.text
        assert "demandez un nouveau lien" in answer.text
        assert "jeunes-entreprises@urssaf-idf.example" in answer.text
        for named in ("Fournil", "Levain", "Cyprès", "Épi d", "Alice", SIREN, "732\u00a0829\u00a0320"):
            assert named not in answer.text
    assert await pages.content() == before


async def test_links_of_the_new_person_work_and_those_of_one_who_comes_back_are_new(pages: Pages) -> None:
    await settle(pages)
    await hear(pages, *HAPPENINGS["another contact"][:2])
    await hear(pages, CHANGED, {"contact": NADIA}, rank=2)
    assert (await pages.browser.get(link(pages, "agenda", FIRST_CONTACT))).status_code == 200
    await hear(pages, *HAPPENINGS["another contact"][:2], rank=3)
    assert (await pages.browser.get(link(pages, "agenda", FIRST_CONTACT))).status_code == 410
    await hear(pages, CHANGED, {"contact": NADIA}, rank=4)
    assert (await pages.browser.get(link(pages, "agenda", FIRST_CONTACT))).status_code == 410
    assert (await pages.browser.get(link(pages, "agenda", Holder(Recipient.ENTERPRISE, 2)))).status_code == 200


async def test_the_agenda_to_subscribe_to_is_its_readers_own(pages: Pages) -> None:
    await settle(pages)

    async def feed(holder: Holder | None) -> str:
        text = (await pages.browser.get(link(pages, "meetings", holder))).text
        found = re.search(r"/l/[\w-]+", text)
        assert found
        return found[0]

    async def answers() -> list[int]:
        return [(await pages.browser.get(it)).status_code for it in feeds]

    feeds = [await feed(it) for it in HOLDERS.values()]
    assert await answers() == [200, 200, 200]
    await hear(pages, *HAPPENINGS["the accountant dismissed"][:2])
    assert await answers() == [200, 410, 410]
    await hear(pages, *HAPPENINGS["another contact"][:2], rank=2)
    assert await answers() == [410, 410, 410]


@pytest.mark.parametrize("kind", ["confirm", "preferences", "survey"])
async def test_an_accountant_reads_what_only_the_enterprise_may_answer(pages: Pages, kind: str) -> None:
    await settle(pages)
    before = await pages.content()
    address = link(pages, kind, FIRST_ACCOUNTANT)
    for path in (address, f"{address}?arret"):
        shown = await pages.browser.get(path)
        buttons = re.findall(r'<button[^>]*value="(\w*)"', shown.text)
        assert (shown.status_code, buttons) == (200, ["corriger"] if kind == "confirm" else [])
        assert "Ces coordonnées sont exactes" not in shown.text
        assert "Seule l'entreprise peut y répondre" in shown.text
    for form in ({"arret": "oui"}, {"List-Unsubscribe": "One-Click"}, {"satisfaction": "5", "effort": "1"}):
        assert (await pages.browser.post(address, data=form)).status_code == 403
    assert await pages.content() == before


DEEDS = {
    "extend": ({}, 303),
    "help": ({"acte": "probleme", "texte": "On ne me répond pas."}, 303),
    "reply": ({"reponse": "oui"}, 303),
    "slot": ({"acte": "annuler"}, 303),
}


@pytest.mark.parametrize("kind", DEEDS)
@pytest.mark.parametrize("who", ["contact", "accountant"])
async def test_what_is_done_says_who_did_it(pages: Pages, steps: Steps, kind: str, who: str) -> None:
    await settle(pages)
    form, status = DEEDS[kind]
    assert (await pages.browser.post(link(pages, kind, HOLDERS[who]), data=form)).status_code == status
    lines = {row.summary for row in await pages.rows(tables.timeline)}
    assert ("Demandé par l'expert-comptable de l'entreprise" in lines) == (who == "accountant")
    authors = {row.author for row in await pages.rows(tables.notes)}
    assert authors <= {"accountant" if who == "accountant" else "enterprise"}
    [request] = steps.asked
    assert request.data["by"] == ("accountant" if who == "accountant" else "enterprise")


async def test_a_change_that_was_overtaken_kills_nothing(pages: Pages) -> None:
    await pages.become(as_of={"contact": (NOW + timedelta(hours=1), "newer")})
    await hear(pages, *HAPPENINGS["another contact"][:2])
    assert (await pages.browser.get(link(pages, "agenda", FIRST_CONTACT))).status_code == 200
