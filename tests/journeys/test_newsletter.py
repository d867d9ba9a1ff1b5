"""REG-1 lived on Temporal: an issue planned leaves to those it is for, in the words it has when it leaves."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from db import newsletters
from db.newsletters import Issue
from tests.faults.plant import eventually
from tests.journeys.test_whole_life import start
from tests.journeys.town import Town

IDF = "urssaf-idf"


async def test_an_issue_planned_is_read_by_the_enterprises_of_its_sector(skipped_town: Town) -> None:
    town = skipped_town
    await start(town, first_hire_on="2030-08-31")
    await town.until(date(2030, 10, 1))
    today = datetime.now(UTC).astimezone(ZoneInfo("Europe/Paris")).date()
    async with town.engine.begin() as connection:
        for name, sectors in (("n-1", ["10.71"]), ("n-2", ["47"])):
            issue = Issue(f"Lettre {name}", "## Le taux\n\nIl *baisse*.", sectors, today)
            await newsletters.plan(connection, IDF, name, issue, today)
    await eventually(lambda: _handed_out(town))
    await town.quiet()
    await town.until(date(2030, 10, 1) + timedelta(days=4))

    [told] = [it for it in await town.messages() if it.rule == "REG-1"]
    assert (told.template, told.channel, told.status) == ("newsletter", "mail", "delivered")
    assert date(2030, 10, 1) <= told.on <= date(2030, 10, 3)
    assert "Le taux\n\nIl baisse." in told.text
    lines = [(line.kind, line.summary) for line in await town.timeline() if line.rule == "REG-1"]
    assert lines == [
        ("event", "Lettre d'information « Lettre n-1 »"),
        ("message", "Lettre d'information « Lettre n-1 »"),
    ]


async def _handed_out(town: Town) -> bool:
    async with town.engine.connect() as connection:
        return all(it.handed_out_at for it in await newsletters.listed(connection, IDF))
