"""A request that the rules cannot answer harms nobody else."""

from __future__ import annotations

from datetime import date

from domain.requests import Ask
from tests.journeys.cases import request
from tests.journeys.test_whole_life import on_dates, start
from tests.journeys.town import Town


async def test_a_request_that_breaks_the_rules_is_answered_and_the_reminders_go_on(skipped_town: Town) -> None:
    town = skipped_town
    await start(town, first_hire_on="2030-08-31")
    broken = await request(town, Ask.PLAN)
    assert broken.status == 500
    assert "de notre côté" in broken.detail
    await town.until(date(2030, 10, 20))
    assert ("2030-10-11", "REM-2", "sms") in on_dates(await town.messages())
