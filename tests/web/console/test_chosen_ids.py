"""A form's ``operation`` is chosen by its sender: it names nothing that somebody else wrote, nor anything elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Table, insert, select

from db import notes, tables
from domain.cases import PlanStatus
from tests.web.console import test_meetings, test_newsletters, test_stopping
from tests.web.console.conftest import Browser
from tests.web.console.test_enterprise import RESTO, path_of
from tests.web.console.town import Town

ABOVE, AWAY = {"organisation": "urssaf-idf", "author": "chef"}, {"organisation": "urssaf-rhone-alpes", "author": "zoe"}
SECRET = "Confidentiel : contentieux en vue."


async def rows(town: Town, table: Table) -> dict[str, Any]:
    async with town.engine.connect() as connection:
        return {str(row.id): row for row in (await connection.execute(select(table))).all()}


async def write(town: Town, operation: UUID, **who: str) -> str:
    """A note under an operation, as a page keeps it; its id."""
    siren = town.firm(RESTO if who["organisation"] == "urssaf-idf" else "Fromagerie des Alpages").siren
    async with town.engine.begin() as connection:
        kept = await notes.keep(connection, siren=siren, subject="note", text=SECRET, operation=operation, **who)
    return kept.id


@pytest.mark.parametrize("theirs", [ABOVE, AWAY], ids=["of a supervisor", "of another organisation"])
async def test_a_refused_request_deletes_no_note_whose_id_it_names(
    alice: Browser, town: Town, theirs: dict[str, str]
) -> None:
    plan = await town.ask_plan(town.firm(RESTO))
    await alice.send(f"{path_of(town)}/delais/{plan}", operation=uuid4(), decision="accept")
    operation = uuid4()
    note = await write(town, operation, **theirs)
    before = await rows(town, tables.notes)
    for named in (note, operation):
        form = {"operation": named, "decision": "refuse", "note": "Trop tard."}
        assert (await alice.send(f"{path_of(town)}/delais/{plan}", **form)).status_code == 409
    assert await rows(town, tables.notes) == before


@pytest.mark.parametrize("theirs", [ABOVE, AWAY], ids=["of a supervisor", "of another organisation"])
async def test_a_decision_quotes_what_was_written_with_it_and_no_note_whose_id_it_names(
    alice: Browser, town: Town, theirs: dict[str, str]
) -> None:
    plan = await town.ask_plan(town.firm(RESTO))
    operation = uuid4()
    note = await write(town, operation, **theirs)
    form = {"operation": note, "decision": "refuse", "note": "La trésorerie le permet."}
    assert (await alice.send(f"{path_of(town)}/delais/{plan}", **form)).status_code == 303
    decided = (await town.journey(town.firm(RESTO))).plans[plan]
    async with town.engine.connect() as connection:
        quoted = await notes.read(connection, town.firm(RESTO).siren, [decided.reason])
    assert (decided.status, list(quoted.values())) == (PlanStatus.REFUSED, ["La trésorerie le permet."])


async def test_a_form_gone_back_to_and_filled_in_again_loses_nothing(alice: Browser, town: Town) -> None:
    operation, path = uuid4(), f"{path_of(town)}/notes"
    for text in ("Préfère le matin.", "Préfère le soir.", "Préfère le soir."):
        assert (await alice.send(path, operation=operation, note=text)).status_code == 303
    written = {row.text for row in (await rows(town, tables.notes)).values()}
    assert {"Préfère le matin.", "Préfère le soir."} <= written
    assert (await alice.read(path_of(town))).count("Préfère le soir.") == 1


async def test_the_operation_of_one_enterprise_is_another_at_the_next(alice: Browser, town: Town) -> None:
    operation = uuid4()
    mine = [it for it in town.firms if it.organisation == "urssaf-idf"][:2]
    for firm in mine:
        path = f"/console/entreprises/{firm.siren}/notes"
        assert (await alice.send(path, operation=operation, note="Même mot.")).status_code == 303
    told = [row.siren for row in (await rows(town, tables.notes)).values() if row.text == "Même mot."]
    assert sorted(told) == sorted(it.siren for it in mine)


ON = datetime.now(UTC) + timedelta(days=20)
MEETING = {"kind": "training", "title": "À eux", "place": "Lyon", "starts_at": ON, "minutes": 60, "places": 9}
ISSUE = {"title": "À eux", "body": "Bonjour.", "sectors": [], "leaves_on": ON.date()}
STOP = {"rule": "REM-2", "reason": "À eux", "author": "zoe", "until": ON}
MADE: dict[str, tuple[Table, dict[str, Any], str, dict[str, str]]] = {
    "meetings": (tables.meetings, MEETING, test_meetings.MEETINGS, test_meetings.FORM),
    "newsletters": (tables.newsletters, ISSUE, test_newsletters.LETTERS, test_newsletters.FORM),
    "stops": (tables.stops, STOP, test_stopping.PATH, test_stopping.asked()),
}


@pytest.mark.parametrize("kind", sorted(MADE))
@pytest.mark.parametrize("organisation", ["urssaf-idf", "urssaf-rhone-alpes"])
async def test_what_a_form_makes_takes_the_place_of_nothing_whose_id_it_names(
    sign_in: Callable[..., Browser], town: Town, kind: str, organisation: str
) -> None:
    table, theirs, path, form = MADE[kind]
    known = uuid4()
    async with town.engine.begin() as connection:
        key = known if kind == "stops" else str(known)
        await connection.execute(insert(table).values(id=key, organisation=organisation, **theirs))
    before = await rows(town, table)
    admin = sign_in("admin", agent=None)
    for _ in range(2):
        assert (await admin.send(path, **{**form, "operation": str(known)})).status_code == 303
    after = await rows(town, table)
    [made] = after.keys() - before.keys()
    assert made != str(known)
    assert {it: after[it] for it in before} == before
    assert after[made].organisation == "urssaf-idf"


async def test_two_supervisors_who_name_one_operation_hand_over_twice(
    sign_in: Callable[..., Browser], town: Town
) -> None:
    operation = str(uuid4())
    siren = town.firm(RESTO).siren
    form = {"operation": operation, "action": "entreprise", "siren": siren, "motif": "absence"}
    for who in ("chef", "adjointe"):
        answer = await sign_in("supervisor", agent=who).send("/console/encadrement", **form)
        assert answer.status_code == 303
        await town.catch_up(siren)
    told = [row for row in (await rows(town, tables.events)).values() if row.type == "referent.leaving"]
    assert len({row.id for row in told}) == 2
