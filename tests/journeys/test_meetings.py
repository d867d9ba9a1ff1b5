"""APT-5 lived on Temporal: a place taken, a meeting that moves, its reminder at the promised time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from db import meetings
from db.meetings import Planned
from tests.journeys.test_whole_life import start
from tests.journeys.town import PARIS, SIREN, Town

IDF = "urssaf-idf"
PLANNED = Planned(
    "training", "Lire un bulletin de paie", "2 rue de la Paix", datetime(2030, 10, 24, 14, 30, tzinfo=PARIS), 90, 30
)


async def test_a_place_is_confirmed_follows_the_meeting_and_is_reminded_two_days_before(skipped_town: Town) -> None:
    town = skipped_town
    await start(town, first_hire_on="2030-08-31")
    await town.until(date(2030, 10, 1))
    now = await town.server_now(SIREN)
    async with town.engine.begin() as connection:
        await meetings.publish(connection, IDF, "m-1", PLANNED, now)
        await meetings.register(connection, IDF, "m-1", SIREN, now)
    await town.quiet()
    await town.until(date(2030, 10, 8))
    async with town.engine.begin() as connection:
        moved = replace(PLANNED, starts_at=datetime(2030, 10, 31, 9, tzinfo=PARIS))
        await meetings.change(connection, IDF, "m-1", moved, now)
    await town.quiet()
    await town.until(date(2030, 11, 5))

    told = [it for it in await town.messages() if it.rule == "APT-5"]
    assert [(it.on.isoformat(), it.template, it.channel) for it in told] == [
        ("2030-10-01", "meeting_registered", "sms"),
        ("2030-10-01", "meeting_registered", "mail"),
        ("2030-10-09", "meeting_moved", "sms"),
        ("2030-10-09", "meeting_moved", "mail"),
        ("2030-10-29", "meeting_reminder", "sms"),
        ("2030-10-29", "meeting_reminder", "mail"),
    ]
    assert {it.status for it in told} == {"delivered"}
    assert "jeudi 31 octobre 2030 à 9 h" in told[-1].text
    lines = [(line.kind, line.summary) for line in await town.timeline() if line.rule == "APT-5"]
    assert [kind for kind, _ in lines] == ["event", "message", "event", "message", "message"]
    assert lines[-1][1] == "Formation « Lire un bulletin de paie » : rappel, 31/10/2030"
