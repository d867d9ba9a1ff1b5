"""COM-10, COM-6: every link of a letter is made for the person who reads it; a name in it is no link."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from activities.wording import LINK_DAYS, fill
from db.journeys import Stored
from db.letters import Contact, Facts, Person
from domain.messages import Recipient
from domain.state import Channel
from notifications.links import Holder, Links
from tests.domain.rules.happenings import opened
from tests.domain.rules.life import Life

LINKS = Links("k" * 32, "https://parcours.example")
LIFE = Life(opened("2026-11-02"))
PERSON = Person(
    name="Garage evil.example",
    contact_name="Nadia Fournil",
    email="nadia@example.org",
    phone="+33639980001",
    accountant_name="Cabinet Cyprès",
    accountant_email="cabinet@example.org",
    contact_epoch=3,
    accountant_epoch=5,
)


async def context(recipient: Recipient, channel: Channel = Channel.MAIL) -> dict[str, Any]:
    stored = Stored(LIFE.journey, 0, None, 0, None, None, 0, 0, timedelta())
    row = SimpleNamespace(id=SimpleNamespace(hex="0" * 32), facts={}, subject="s", recipient=recipient, channel=channel)
    facts = Facts(stored, PERSON, Contact("Alice www.evil.example", None, None), is_behind=False, stops=())
    policy = LIFE.rulebook.world(LIFE.journey, LIFE.now).policy
    return (await fill(None, row, facts, policy, LINKS, LIFE.now)).context  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("recipient", "epoch"),
    [(Recipient.ENTERPRISE, PERSON.contact_epoch), (Recipient.ACCOUNTANT, PERSON.accountant_epoch)],
)
async def test_every_link_of_a_letter_is_its_reader_s(recipient: Recipient, epoch: int) -> None:
    links = (await context(recipient))["links"]
    for action in LINK_DAYS:
        read = LINKS.read(links[action].rpartition("/")[2], LIFE.now)
        assert (read.action, read.holder) == (action, Holder(recipient, epoch))


@pytest.mark.parametrize("channel", list(Channel))
async def test_no_name_of_a_letter_is_a_link(channel: Channel) -> None:
    shown = await context(Recipient.ENTERPRISE, channel)
    assert "evil.example" not in shown["enterprise"]["name"] + shown["referent"]["name"]
    assert shown["enterprise"]["name"].startswith("Garage evil.")
