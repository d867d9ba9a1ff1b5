"""ENR-7: an account of another organisation is kept, shown, and asked about; whoever came first locks nobody out."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import select

from db import claims, worklist
from db.refusals import Refused
from db.tables import events, tasks, timeline
from db.tenancy import as_organisation
from domain.authority import FOREIGN_ACCOUNT
from domain.state import Phase
from tests.faults.desk import Desk
from tests.journeys.town import ACCOUNT, SIREN

IDF, RHONE = "urssaf-idf", "urssaf-rhone-alpes"
THEIRS = {"organisation": RHONE, "account": "827000009999", "opened_on": "2040-01-02", "name": "Boulangerie"}
CONTACT = {"name": "Léa Dupont", "email": "lea@example.org", "phone": "+33639980001"}


@pytest.fixture
async def claimed(desk: Desk) -> Desk:
    """An enterprise that Paris follows, and whose account Lyon opens too."""
    await desk.open()
    await claim(desk)
    return desk


async def claim(desk: Desk) -> None:
    await desk.store("account.opened", sender=RHONE, headcount=1, contact=CONTACT, accountant=None, **THEIRS)
    await desk.absorb()


async def given(desk: Desk) -> dict[str, Any]:
    """The tasks of the claim, by organisation."""
    async with desk.engine.connect() as connection:
        rows = (await connection.execute(select(tasks).where(tasks.c.kind == FOREIGN_ACCOUNT))).all()
    return {row.organisation: row for row in rows}


async def say(desk: Desk, organisation: str, outcome: str, role: str = "supervisor") -> None:
    """As the API and the console do."""
    task = (await given(desk))[organisation]
    async with as_organisation(desk.engine, organisation) as connection:
        row = await worklist.lock(connection, task.id)
        assert row
        await claims.end_task(connection, row, outcome=outcome, note=None, by="chef", role=role, at=desk.now)


async def followed_by(desk: Desk) -> str:
    await desk.absorb()
    await desk.live()
    return str((await desk.journey()).organisation)


async def statuses(desk: Desk) -> list[str]:
    async with desk.engine.connect() as connection:
        opened = select(events.c.status).where(events.c.organisation == RHONE, events.c.type == "account.opened")
        return list((await connection.scalars(opened)).all())


async def test_the_event_is_kept_shown_on_the_file_and_each_supervisor_has_one_task(claimed: Desk) -> None:
    await claim(claimed)
    assert await statuses(claimed) == ["refused"] * 2
    async with claimed.engine.connect() as connection:
        said = (await connection.scalars(select(timeline.c.summary).where(timeline.c.rule == "ENR-7"))).all()
        counted = (await connection.execute(select(tasks).where(tasks.c.kind == FOREIGN_ACCOUNT))).all()
    assert len(said) == 2
    assert "Compte ouvert aussi à" in said[0]
    assert sorted((it.organisation, it.queue, it.status) for it in counted) == [
        (IDF, "supervisor", "open"),
        (RHONE, "supervisor", "open"),
    ]


async def test_both_supervisors_agree_and_the_journey_moves_with_what_was_said_before(claimed: Desk) -> None:
    await say(claimed, RHONE, claims.TRANSFER)
    assert await followed_by(claimed) == IDF
    await say(claimed, IDF, claims.TRANSFER)
    assert await followed_by(claimed) == RHONE
    await claimed.absorb()
    assert await statuses(claimed) == ["applied"]


async def test_an_administrator_of_who_follows_the_journey_gives_it_up_alone(claimed: Desk) -> None:
    await say(claimed, IDF, claims.TRANSFER, role="admin")
    assert await followed_by(claimed) == RHONE
    assert (await given(claimed))[RHONE].status == "cancelled"


async def test_whoever_claims_an_enterprise_takes_nothing_alone(claimed: Desk) -> None:
    await say(claimed, RHONE, claims.TRANSFER, role="admin")
    assert await followed_by(claimed) == IDF
    await say(claimed, IDF, claims.KEEP)
    assert await followed_by(claimed) == IDF


async def test_two_supervisors_who_agree_at_once_move_it_once(claimed: Desk) -> None:
    await asyncio.gather(*(say(claimed, it, claims.TRANSFER) for it in (IDF, RHONE)))
    assert await followed_by(claimed) == RHONE
    async with claimed.engine.connect() as connection:
        moved = select(events.c.id).where(events.c.source == claims.SOURCE)
        assert len((await connection.scalars(moved)).all()) == 1


async def test_another_answer_is_refused_and_ends_nothing(claimed: Desk) -> None:
    with pytest.raises(Refused):
        await say(claimed, IDF, "done")
    assert (await given(claimed))[IDF].status == "open"


async def test_who_gave_it_up_may_claim_it_back(claimed: Desk) -> None:
    await say(claimed, IDF, claims.TRANSFER, role="admin")
    assert await followed_by(claimed) == RHONE
    await claimed.store(
        "account.opened", headcount=1, contact=CONTACT, accountant=None, **{**THEIRS, "organisation": IDF}
    )
    assert await followed_by(claimed) == RHONE
    async with claimed.engine.connect() as connection:
        mine = select(tasks.c.siren).where(tasks.c.organisation == IDF, tasks.c.key.like("ENR-7:%:urssaf-idf"))
        assert (await connection.scalars(mine.where(tasks.c.status == "open"))).all() == [SIREN]


async def test_an_account_that_enrols_starts_the_journey_of_an_enterprise_that_did_not_elsewhere(desk: Desk) -> None:
    await desk.open(headcount=0)
    assert (await desk.journey()).phase is Phase.CANDIDATE
    await claim(desk)
    await desk.live()
    journey = await desk.journey()
    assert (journey.phase, journey.organisation, journey.account) == (Phase.ACTIVE, RHONE, "827000009999")
    assert journey.other_accounts == (ACCOUNT,)
    assert await statuses(desk) == ["applied"]
    told = await given(desk)
    assert {it: row.status for it, row in told.items()} == {IDF: "open", RHONE: "open"}
    assert "déjà suivie par Urssaf Rhône-Alpes" in told[IDF].summary
    assert await desk.row("mail", "welcome")


async def test_two_accounts_that_start_nothing_are_asked_about_and_nobody_is_said_to_follow(desk: Desk) -> None:
    await desk.open(headcount=0)
    theirs = {**THEIRS, "headcount": 0, "contact": CONTACT, "accountant": None}
    await desk.store("account.opened", sender=RHONE, **theirs)
    await desk.absorb()
    assert (await desk.journey()).organisation == IDF
    told = await given(desk)
    assert set(told) == {IDF, RHONE}
    assert "sans parcours" in told[RHONE].summary


async def test_an_enterprise_about_to_enrol_is_taken_by_nobody(desk: Desk) -> None:
    opening = {"organisation": IDF, "account": ACCOUNT, "opened_on": "2040-03-01", "name": "Boulangerie"}
    await desk.store("account.opened", headcount=1, contact=CONTACT, accountant=None, **opening)
    await claim(desk)
    await desk.live()
    assert ((await desk.journey()).phase, (await desk.journey()).organisation) == (Phase.ACTIVE, IDF)
    assert "déjà suivie par" in (await given(desk))[RHONE].summary
