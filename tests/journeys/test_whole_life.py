from datetime import date

from tests.journeys.town import Town


async def test_x(skipped_town: Town) -> None:
    town = skipped_town
    await town.add_agent("alice.martin", "Alice Martin")
    await town.open(opened_on="2026-11-02", first_hire_on="2026-11-02")
    await town.until(date(2028, 6, 5))
    for t in await town.timeline():
        print(t.at, t.rule, t.kind, t.summary)
    for m in await town.messages():
        print(m)
    print((await town.journey()).phase, await town.clock())
    assert 0
