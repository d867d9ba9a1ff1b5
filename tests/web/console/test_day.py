"""Ma journée: what is to be done, what is promised, and the call sheet of a task."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from html import unescape
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from db import worklist
from db.records import TaskEnd
from db.tables import events, tasks
from tests.web.console.conftest import Browser
from tests.web.console.signed_in import hidden
from tests.web.console.town import CALENDAR, Town


async def _first_task(town: Town) -> str:
    async with town.engine.connect() as connection:
        query = select(tasks.c.id).where(tasks.c.assignee == "alice.martin", tasks.c.status == "open")
        return str(await connection.scalar(query.order_by(tasks.c.due_at).limit(1)))


async def test_tasks_come_by_deadline_with_the_time_left(alice: Browser) -> None:
    page = await alice.read("/console/")
    assert re.search(r"reste\s\d+\s(h|j|min)", page)
    assert "alice.martin" not in page.split("À prendre")[0].split("Mes tâches")[1]


async def test_an_overdue_task_is_first_and_says_so(alice: Browser, town: Town) -> None:
    late = datetime.now(UTC) - timedelta(hours=3, minutes=5)
    task = await _first_task(town)
    async with town.engine.begin() as connection:
        await connection.execute(
            update(tasks).where(tasks.c.assignee == "karim.benali").values(assignee="alice.martin")
        )
        await connection.execute(update(tasks).where(tasks.c.id == task).values(due_at=late))
    page = await alice.read("/console/")
    assert page.index("en retard de 3 h") < page.index("reste ")


async def test_the_call_sheet_has_the_phone_the_situation_and_what_to_say(alice: Browser, town: Town) -> None:
    page = await alice.read(f"/console/taches/{await _first_task(town)}")
    assert "Fiche d'appel" in page
    assert "tel:+33" in page
    assert 'class="situation"' in page


async def test_a_task_is_finished_with_its_outcome_and_note(alice: Browser, town: Town) -> None:
    task = await _first_task(town)
    form = {"action": "terminer", "issue": "reached", "note": "Rappeler mardi."}
    answer = await alice.send(f"/console/taches/{task}", **form)
    assert answer.status_code == 303
    again = await alice.send(f"/console/taches/{task}", **form)
    assert again.status_code == 303
    async with town.engine.connect() as connection:
        row = (await connection.execute(select(tasks).where(tasks.c.id == task))).one()
        told = (await connection.execute(select(events).where(events.c.type == "task.done"))).all()
    assert (row.status, row.outcome, row.note, row.done_by) == ("done", "reached", "Rappeler mardi.", "alice.martin")
    assert len(told) == 1


async def test_the_sheet_shows_what_was_said_last_with_its_date_and_a_done_task_no_time_left(
    alice: Browser, town: Town
) -> None:
    task = await _first_task(town)
    path = f"/console/taches/{task}"
    assert 'class="left' in await alice.read(path)
    async with town.engine.connect() as connection:
        siren = await connection.scalar(select(tasks.c.siren).where(tasks.c.id == task))
    await alice.send(f"/console/entreprises/{siren}/notes", operation=str(uuid4()), note="Rappeler après les congés.")
    page = await alice.read(path)
    said = page.split("Ce qui s'est dit en dernier")[1].split("</section>")[0]
    assert "Alice Martin : Note" in said.replace("\u00a0", " ")
    assert "Rappeler après les congés." in said
    await alice.send(path, action="terminer", issue="reached")
    ended = await alice.read(path)
    assert 'class="left' not in ended
    assert "Faite" in ended


async def test_another_outcome_for_a_finished_task_is_refused(alice: Browser, town: Town) -> None:
    path = f"/console/taches/{await _first_task(town)}"
    await alice.send(path, action="terminer", issue="reached")
    answer = await alice.send(path, action="terminer", issue="unreachable")
    assert answer.status_code == 409
    assert "n'est plus ouverte" in answer.text.replace("&#39;", "'")
    assert "aviez écrit" not in answer.text


async def test_what_was_written_on_a_task_that_a_colleague_ended_can_be_kept_as_a_note(
    alice: Browser, town: Town
) -> None:
    path = f"/console/taches/{await _first_task(town)}"
    await alice.send(path, action="terminer", issue="reached")
    answer = await alice.send(path, action="terminer", issue="unreachable", note="Rappeler <lundi>.")
    assert answer.status_code == 409
    kept = hidden(answer.text, "operation")
    [action] = re.findall(r'action="(/console/entreprises/\d{9}/notes)"', answer.text)
    assert "Rappeler &lt;lundi&gt;.</textarea>" in answer.text
    assert (await alice.send(action, operation=kept, note="Rappeler <lundi>.")).status_code == 303
    assert "Rappeler <lundi>." in await alice.read(action.removesuffix("/notes"))


async def test_a_task_that_lost_its_object_says_so_and_what_was_done_all_the_same_is_kept(
    alice: Browser, town: Town
) -> None:
    task = await _first_task(town)
    async with town.engine.begin() as connection:
        row = (await connection.execute(select(tasks).where(tasks.c.id == task))).one()
        await worklist.tidy(connection, [TaskEnd(row.siren, row.key, "déjà payé", datetime.now(UTC))], [])
    page = await alice.read(f"/console/taches/{task}")
    assert "Déjà payé, depuis le" in page.replace("\u00a0", " ")
    assert "Je m'en occupe" not in page
    assert f"/console/taches/{task}" not in await alice.read("/console/")
    answer = await alice.send(f"/console/taches/{task}", action="terminer", issue="reached", note="Déjà au téléphone.")
    assert answer.status_code == 303
    async with town.engine.connect() as connection:
        row = (await connection.execute(select(tasks).where(tasks.c.id == task))).one()
    assert (row.status, row.outcome, row.note) == ("done", "reached", "Déjà au téléphone.")


async def test_a_task_without_outcome_is_asked_again(alice: Browser, town: Town) -> None:
    answer = await alice.send(f"/console/taches/{await _first_task(town)}", action="terminer", note="Absente.")
    assert answer.status_code == 422
    assert "Choisissez une issue" in answer.text
    assert "Absente.</textarea>" in answer.text


async def _take(browser: Browser, path: str, page: str) -> int:
    """Press the button of a page that was read a while ago."""
    return (await browser.send(path, action="prendre", titulaire=hidden(page, "titulaire"))).status_code


async def _holder(town: Town, task: str) -> str | None:
    async with town.engine.connect() as connection:
        return await connection.scalar(select(tasks.c.assignee).where(tasks.c.id == task))


async def test_a_colleagues_task_can_be_taken(alice: Browser, town: Town) -> None:
    async with town.engine.connect() as connection:
        query = select(tasks.c.id).where(tasks.c.organisation == "urssaf-idf", tasks.c.assignee != "alice.martin")
        task = await connection.scalar(query.limit(1))
    path = f"/console/taches/{task}"
    page = await alice.read(path)
    assert [await _take(alice, path, page) for _ in range(2)] == [303, 303]
    assert await _holder(town, str(task)) == "alice.martin"


@pytest.mark.parametrize("held_by", [None, "lea.dupont"])
async def test_of_two_agents_who_take_a_task_from_the_same_view_one_has_it(
    alice: Browser, town: Town, sign_in: Callable[..., Browser], held_by: str | None
) -> None:
    karim, task = sign_in(agent="karim.benali"), await _first_task(town)
    async with town.engine.begin() as connection:
        await connection.execute(update(tasks).where(tasks.c.id == task).values(assignee=held_by))
    path = f"/console/taches/{task}"
    page = await alice.read(path)
    assert [await _take(it, path, page) for it in (karim, alice)] == [303, 409]
    assert await _holder(town, task) == "karim.benali"
    assert "par quelqu'un d'autre" in unescape((await alice.send(path, action="prendre")).text)
    assert await _take(alice, path, await alice.read(path)) == 303
    assert await _holder(town, task) == "alice.martin"


async def test_the_task_of_another_organisation_does_not_exist(alice: Browser, town: Town) -> None:
    async with town.engine.connect() as connection:
        query = select(tasks.c.id).where(tasks.c.organisation == "urssaf-rhone-alpes")
        task = await connection.scalar(query.limit(1))
    assert (await alice.client.get(f"/console/taches/{task}")).status_code == 404
    assert (await alice.send(f"/console/taches/{task}", action="prendre")).status_code in (404, 409)
    answer = await alice.send(f"/console/taches/{task}", action="terminer", issue="reached")
    assert answer.status_code == 404


async def _incident_call(town: Town) -> str:
    async with town.engine.connect() as connection:
        theirs = (tasks.c.organisation == "urssaf-idf") & (tasks.c.rule == "INC-3") & (tasks.c.status == "open")
        found = await connection.scalar(select(tasks.c.id).where(theirs).order_by(tasks.c.due_at).limit(1))
    assert found is not None
    return f"/console/taches/{found}"


async def test_a_call_that_reached_nobody_is_noted_with_the_day_to_call_again(alice: Browser, town: Town) -> None:
    path = await _incident_call(town)
    assert "rappeler le" in await alice.read(path)
    day = CALENDAR.add_working_days(datetime.now(CALENDAR.zoneinfo).date(), 5)
    form = {"action": "terminer", "issue": "message_left", "note": "Répondeur."}
    answer = await alice.send(path, **form, rappel=day.isoformat(), moment="morning")
    assert answer.status_code == 303
    async with town.engine.connect() as connection:
        said = (await connection.execute(select(events.c.data).where(events.c.type == "task.done"))).scalar_one()
    assert said["again_by"] == CALENDAR.at(day, time(12)).isoformat()


@pytest.mark.parametrize(
    ("issue", "choose", "said"),
    [
        ("message_left", lambda today: today - timedelta(days=1), "Ce moment est passé"),
        ("unreachable", lambda today: next_sunday(today), "n'est pas ouvré : choisissez par exemple le lundi"),
        ("unreachable", lambda today: today + timedelta(days=90), "trop lointain : rappelez au plus tard le"),
        ("reached", lambda today: CALENDAR.add_working_days(today, 3), "ne va qu'avec"),
        ("message_left", lambda _: "31/02", "Ce jour n'existe pas"),
        ("message_left", lambda _: "", "Choisissez aussi le jour"),
    ],
    ids=["past", "sunday", "far", "reached", "no day", "half alone"],
)
async def test_a_day_to_call_again_that_will_not_do_is_said_beside_it_and_nothing_is_lost(
    alice: Browser, town: Town, issue: str, choose: Callable[[date], object], said: str
) -> None:
    path = await _incident_call(town)
    day = str(choose(datetime.now(CALENDAR.zoneinfo).date()))
    form = {"action": "terminer", "issue": issue, "rappel": day, "moment": "afternoon", "note": "Le répondeur."}
    answer = await alice.send(path, **form)
    page = unescape(answer.text).replace("\u00a0", " ")
    assert answer.status_code == 422
    beside = page.split('id="erreur-rappel">')[1].split("</p>")[0]
    assert said in beside
    assert f'value="{day}"' in page
    assert "Le répondeur.</textarea>" in page
    assert f'value="{issue}" selected' in page
    assert 'value="afternoon" selected' in page


def next_sunday(today: date) -> date:
    return today + timedelta(days=7 - today.isoweekday() or 7)


async def test_a_call_that_is_over_asks_for_no_day(alice: Browser, town: Town) -> None:
    path = await _incident_call(town)
    await alice.send(path, action="terminer", issue="reached")
    assert "rappeler le" not in await alice.read(path)
