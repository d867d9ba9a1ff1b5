"""From outside: details corrected by the enterprise, then by an agent; what follows from it."""

from __future__ import annotations

import re
from typing import Any

from notifications.links import CODE_MASK
from tests.e2e.conftest import System, bearer
from tests.e2e.test_an_appointment_from_its_sms import eventually
from tests.e2e.test_from_an_event_to_its_receipt import MINE, enrol, reach_the_window
from tests.fakes.subscriber import SECRET, FakeSubscriber

CONFIRM = re.compile(r"/l/[\w-]+")
CODE = re.compile(r"\b(\d{6})\b")


def mails_to(system: System, address: str, subject: str) -> list[dict[str, Any]]:
    return [it for it in system.sendgrid.accepted if address in str(it["personalizations"]) and subject in str(it)]


async def mail_to(system: System, address: str, subject: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = await eventually(lambda: mails_to(system, address, subject))
    return found[-1]


def text_of(mail: dict[str, Any]) -> str:
    return str(next(it["value"] for it in mail["content"] if it["type"] == "text/plain"))


def confirm_link(mail: dict[str, Any]) -> str:
    """The link after the words that propose it."""
    after = text_of(mail).partition("corriger mes coordonnées")[2]
    found = CONFIRM.search(after)
    assert found
    return found.group()


async def test_the_address_used_next_the_confirmation_the_event_and_the_dead_links(system: System) -> None:
    await enrol(system)
    await reach_the_window(system)
    first = confirm_link(await mail_to(system, "zoe@example.org", "Bienvenue"))
    async with FakeSubscriber() as subscriber:
        wanted = {"url": subscriber.url, "types": ["contact.corrected"], "secret": SECRET}
        headers = {**bearer("adm"), "Idempotency-Key": "s"}
        assert (await system.api.post("/v1/subscriptions", json=wanted, headers=headers)).status_code == 201

        form = {"acte": "corriger", "name": "Zoé Lefèvre", "email": "zoe.l@example.org", "phone": "0639980001"}
        assert (await system.api.post(first, data=form)).status_code == 303
        code = CODE.findall(text_of(await mail_to(system, "zoe.l@example.org", "Votre code")))
        assert mails_to(system, "zoe@example.org", "Votre code") == []
        answered = await system.api.post(first, data={"acte": "code", "code_mail": code[0]})
        assert answered.status_code == 303, answered.text
        assert "sont confirmées" in (await system.api.get(answered.headers["location"])).text
        second = confirm_link(await mail_to(system, "zoe.l@example.org", "ont été corrigées"))

        known = {"name": "Omar Levain", "email": "omar@example.org", "phone": None}
        corrected = await system.api.put(f"{MINE}/contact", json=known, headers=bearer("agt"))
        assert corrected.status_code == 200, corrected.text
        third = confirm_link(await mail_to(system, "omar@example.org", "ont été corrigées"))
        assert "Ces coordonnées sont exactes" in (await system.api.get(third)).text
        assert [(await system.api.get(it)).status_code for it in (first, second, third)] == [410, 410, 200]
        [one, two] = await eventually(lambda: subscriber.accepted if len(subscriber.accepted) == 2 else None)

    assert [it["type"] for it in (one, two)] == ["fr.urssaf.parcours.contact.corrected"] * 2
    assert [(it["data"]["by"], it["data"]["confirmed"]) for it in (one, two)] == [
        ("enterprise", True),
        ("agent", False),
    ]
    assert two["data"]["contact"] == known
    codes = [it for it in await system.get(f"{MINE}/messages") if it["template"] == "contact_code"]
    assert [(it["recipient"], it["to"]) for it in codes] == [("proposed", "zoe.l@example.org")]
    assert CODE.findall(codes[0]["text"]) == []
    assert f"Votre code : {CODE_MASK}" in codes[0]["text"]


async def test_a_code_gives_whoever_reads_it_no_link_that_does_anything(system: System) -> None:
    await enrol(system)
    await reach_the_window(system)
    link = confirm_link(await mail_to(system, "zoe@example.org", "Bienvenue"))
    form = {"acte": "corriger", "name": "Zoé Lefèvre", "email": "mistyped@example.org", "phone": "0639980001"}
    assert (await system.api.post(link, data=form)).status_code == 303
    assert "/l/" not in str((await mail_to(system, "mistyped@example.org", "Votre code"))["content"])
