"""COM-6 lived on Temporal: the link of a copy has the page of the clients sent to the accountant, at night too."""

from __future__ import annotations

from datetime import date

from tests.journeys.test_whole_life import start
from tests.journeys.town import Town


async def test_an_accountant_asks_for_the_page_and_has_it_at_once(skipped_town: Town) -> None:
    town = skipped_town
    cabinet = {"name": "Cabinet Lenoir", "email": "cabinet@example.org", "phone": None}
    await start(town, first_hire_on="2030-08-31", accountant=cabinet)
    await town.until(date(2030, 10, 1))
    await town.tell("clients.asked", time=await town.server_now("552100554"))

    [mail] = [it for it in await town.messages() if it.rule == "COM-6"]
    assert (mail.template, mail.recipient, mail.channel, mail.status) == ("clients", "accountant", "mail", "delivered")
    assert mail.on == date(2030, 10, 1)
    assert "pendant 24 heures" in mail.text
    lines = [(line.kind, line.summary) for line in await town.timeline() if line.rule == "COM-6"]
    assert lines == [
        ("event", "L'expert-comptable demande la page de ses clients"),
        ("message", "Page des clients, à l'expert-comptable"),
    ]
