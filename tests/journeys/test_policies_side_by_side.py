"""Two organisations under their own policies, and a policy that changes while journeys run (POL-1, POL-2)."""

from __future__ import annotations

import shutil
from datetime import date, datetime, timedelta
from pathlib import Path

from temporalio.client import Client

from domain.calendar import add_months
from domain.obligations import Period, legal_due_date, reminder_day
from tests.domain.rules.life import POLICIES
from tests.journeys.town import PARIS, SIREN, Town, clock_of_each, town

OTHER = "732829320"
CALENDAR = POLICIES["urssaf-idf"].calendar


async def reminded(built: Town, siren: str) -> list[date]:
    return sorted({m.on for m in await built.messages(siren) if m.rule == "REM-2"})


async def test_two_organisations_remind_each_as_it_promised(skipped_town: Town) -> None:
    morning = datetime(2031, 1, 3, 7, tzinfo=PARIS)
    await skipped_town.skip(morning - await skipped_town.server_now(SIREN))
    for siren, organisation in ((SIREN, "urssaf-idf"), (OTHER, "urssaf-rhone-alpes")):
        await skipped_town.open(siren, organisation=organisation, opened_on="2031-01-02", first_hire_on="2031-01-02")
    await skipped_town.until(date(2031, 3, 20))
    assert await reminded(skipped_town, SIREN) == [date(2031, 2, 14), date(2031, 3, 14)]
    assert await reminded(skipped_town, OTHER) == [date(2031, 2, 12), date(2031, 3, 12)]


def reminders(opened: date, until: date, lead_days: int) -> list[date]:
    """When the months from the opening's on are reminded."""
    months = [Period.month_of(add_months(opened, number)) for number in range(12)]
    days = [reminder_day(legal_due_date(it, 1, CALENDAR).due_on, lead_days, CALENDAR) for it in months]
    return [day for day in days if day <= until]


async def test_a_new_policy_takes_effect_with_the_journey_s_next_month_and_re_times_nothing_announced(
    database_url: str, temporal: Client, tmp_path: Path
) -> None:
    folder = tmp_path / "policies"
    shutil.copytree("policies", folder)
    today = datetime.now(PARIS).date()
    opened = add_months(today.replace(day=2), -3)
    changed = add_months(today.replace(day=3), 1)
    adopted, end = add_months(changed.replace(day=2), 1), changed + timedelta(days=70)
    clock = clock_of_each(temporal)
    async with town(database_url, temporal, clock, policies=folder) as before:
        await before.open(opened_on=opened.isoformat(), first_hire_on=opened.isoformat())
        await before.until(changed)
    mine = folder / "urssaf-idf.toml"
    mine.write_text(mine.read_text() + "\nreminder_lead_days = 10\n")
    async with town(database_url, temporal, clock, policies=folder) as after:
        await after.quiet()
        await after.until(end)
        old = [day for day in reminders(opened, end, 3) if today < day < adopted]
        new = [day for day in reminders(opened, end, 10) if day >= adopted]
        assert len(old) >= 1
        assert len(new) >= 1
        assert [day for day in await reminded(after, SIREN) if day > today] == old + new
        lines = [line.at.astimezone(PARIS).date() for line in await after.timeline() if line.rule == "POL-2"]
        assert lines == [adopted]
        await after.handle().terminate()
