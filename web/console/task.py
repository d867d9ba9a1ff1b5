"""``/console/taches/{task}``: what to say on the phone; take the task, say how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from db import claims, day, notes, roster, worklist
from db.refusals import Refused
from db.tenancy import as_organisation
from domain import requests
from domain.authority import FOREIGN_ACCOUNT, Objection, objection_to
from domain.requests import Ask
from domain.rules.answers import owed_deed, request_named
from web.asking import answer
from web.console.call_again import Chosen, chosen, proposed
from web.console.dossier import open_dossier
from web.console.enterprise import written
from web.console.forms import operation_of, text_of
from web.console.people import Person
from web.console.rendering import screen
from web.console.situation import situation
from web.console.words import WORDS, time_left, urgency
from web.desk import Desk

OBJECTIONS = {
    Objection.ELSEWHERE: "L'entreprise est suivie par un autre organisme : ses tâches s'y terminent.",
    Objection.SUPERVISOR: "Cette tâche revient à l'encadrement.",
    Objection.MEDIATOR: "Une médiation revient au médiateur, à défaut à l'encadrement.",
    Objection.ONLY_MEDIATIONS: "Un médiateur ne traite que les médiations.",
    Objection.ABOUT_ONESELF: "Cette médiation porte sur votre propre travail : elle revient à quelqu'un d'autre.",
}
FIELDS = ("issue", "note", "reponse", "rappel", "moment")
NO_LONGER = "Cette tâche n'est plus ouverte : quelqu'un l'a terminée entre-temps."
TAKEN = "Cette tâche a été prise ou terminée par quelqu'un d'autre entre-temps."


async def show(desk: Desk, person: Person, request: Request) -> Response:
    """The call sheet."""
    return await _sheet(desk, person, request)


async def act(desk: Desk, person: Person, request: Request, form: FormData) -> Response:
    """Take it or finish it; doing it twice is doing it once."""
    match form.get("action"):
        case "prendre" if person.agent:
            return await _take(desk, person, request, person.agent, text_of(form, "titulaire"))
        case "repondre":
            return await _answer(desk, person, request, form)
        case "terminer" if form.get("issue") in WORDS["outcome"] or form.get("issue") in claims.OUTCOMES:
            return await _finish(desk, person, request, form)
        case "terminer":
            return await _sheet(desk, person, request, 422, "Choisissez une issue.", form)
    raise HTTPException(400)


async def _take(desk: Desk, person: Person, request: Request, agent: str, seen: str | None) -> Response:
    async with as_organisation(desk.engine, person.organisation) as connection:
        objection = _objection(await _locked(connection, person, request), person)
        taken = not objection and await day.take(connection, person.organisation, _id(request), agent, seen)
    if objection:
        return await _sheet(desk, person, request, 403, objection)
    if not taken:
        return await _sheet(desk, person, request, 409, TAKEN)
    return RedirectResponse(request.url.path, 303)


async def _finish(desk: Desk, person: Person, request: Request, form: FormData) -> Response:
    outcome, note = str(form["issue"]), text_of(form, "note")
    async with as_organisation(desk.engine, person.organisation) as connection:
        row = await _locked(connection, person, request)
        objection = _objection(row, person)
        owed = None if objection else await _owed(desk, connection, person, row)
        again = Chosen()
        if row.status != "done" and not objection and not owed:
            clock, again = await _clock(desk, connection, person, row, form)
            if not again.wrong:
                await _end(connection, row, person, outcome, note, clock, again.by)
    if objection:
        return await _sheet(desk, person, request, 403, objection, form)
    if owed:
        return await _sheet(desk, person, request, 409, owed, form)
    if again.wrong:
        return await _sheet(desk, person, request, 422, again.wrong, form, wrong_day=True)
    if row.status == "done" and (row.outcome, row.note) != (outcome, note):
        return await _sheet(desk, person, request, 409, NO_LONGER, form)
    return RedirectResponse("/console/?fait=terminee", 303)


async def _answer(desk: Desk, person: Person, request: Request, form: FormData) -> Response:
    """The letter that answers a request; its task ends with it (ASK-2)."""
    text = text_of(form, "reponse")
    async with as_organisation(desk.engine, person.organisation) as connection:
        row = await _locked(connection, person, request)
        if objection := _objection(row, person):
            return await _sheet(desk, person, request, 403, objection, form)
        asked = request_named((await open_dossier(desk, connection, person, row.siren)).journey, row.key)
        if text is None or asked is None:
            return await _sheet(desk, person, request, 422, "Écrivez la réponse avant de l'envoyer.", form)
        operation = operation_of(person, request, form)
        note = await notes.keep(
            connection,
            siren=row.siren,
            organisation=person.organisation,
            subject=f"answer:{asked}",
            author=person.author,
            text=text,
            operation=operation,
        )
    wanted = requests.Request(str(operation), Ask.ANSWER, {"request": asked, "note": note.id, "by": person.author})
    reply = await answer(desk, row.siren, request.url.path, wanted, note)
    if reply.status >= 400:
        return await _sheet(desk, person, request, reply.status, reply.detail, form)
    return RedirectResponse("/console/?fait=terminee", 303)


async def _owed(desk: Desk, connection: AsyncConnection, person: Person, row: Row[Any]) -> str | None:
    """What has to be done before an open task may end (ASK-2)."""
    if row.status != "open" or row.followed_by != person.organisation:
        return None
    return owed_deed((await open_dossier(desk, connection, person, row.siren)).journey, row.key)


async def _clock(
    desk: Desk, connection: AsyncConnection, person: Person, row: Row[Any], form: FormData
) -> tuple[datetime, Chosen]:
    """Now for the enterprise, the wall's for who claims it and does not follow it; when to call again."""
    if row.followed_by != person.organisation:
        return datetime.now(UTC), Chosen()
    dossier = await open_dossier(desk, connection, person, row.siren)
    return dossier.now, chosen(form, dossier, row.key)


async def _end(
    connection: AsyncConnection,
    row: Row[Any],
    person: Person,
    outcome: str,
    note: str | None,
    at: datetime,
    again_by: datetime | None,
) -> None:
    by, role = person.author, person.role
    try:
        await claims.end_task(connection, row, outcome=outcome, note=note, by=by, role=role, at=at, again_by=again_by)
    except Refused:
        raise HTTPException(400) from None


async def _claim(
    desk: Desk,
    person: Person,
    request: Request,
    row: Row[Any],
    status: int,
    problem: str | None,
    people: Mapping[str, str],
) -> Response:
    """Whose an enterprise is: no more is shown of it to who claims it."""
    return screen(
        "claim",
        person=person,
        request=request,
        policy=desk.rulebook.current[person.organisation],
        status=status,
        problem=problem,
        task=row,
        people=people,
        outcomes=claims.OUTCOMES,
        not_theirs=_objection(row, person),
        left=time_left(row.due_at, datetime.now(UTC)),
        urgency=urgency(row.due_at, datetime.now(UTC)),
        followed=row.followed_by == person.organisation,
    )


async def _locked(connection: AsyncConnection, person: Person, request: Request) -> Row[Any]:
    row = await worklist.lock(connection, _id(request))
    if row is None or row.organisation != person.organisation:
        raise HTTPException(404)
    return row


def _objection(row: Row[Any], person: Person) -> str | None:
    found = objection_to(worklist.in_hand(row), person.role, person.agent)
    return OBJECTIONS[found] if found else None


async def _sheet(
    desk: Desk,
    person: Person,
    request: Request,
    status: int = 200,
    problem: str | None = None,
    form: FormData | None = None,
    *,
    wrong_day: bool = False,
) -> Response:
    async with as_organisation(desk.engine, person.organisation) as connection:
        row = await _locked(connection, person, request)
        objection = _objection(row, person)
        if objection and person.role == "mediator":
            raise HTTPException(404)
        people = await roster.names(connection, person.organisation)
        if row.kind == FOREIGN_ACCOUNT:
            return await _claim(desk, person, request, row, status, problem, people)
        dossier = await open_dossier(desk, connection, person, row.siren)
        last = next(iter(await written(connection, dossier)), None)
    return screen(
        "task",
        person=person,
        request=request,
        policy=dossier.world.current,
        status=status,
        problem=problem,
        not_theirs=objection,
        given={name: text_of(form or FormData(), name) or "" for name in FIELDS},
        wrong_day=wrong_day,
        again=proposed(dossier, row.key),
        task=row,
        people=people,
        owed=owed_deed(dossier.journey, row.key) if row.status == "open" else None,
        last=last,
        answerable=request_named(dossier.journey, row.key),
        left=time_left(row.due_at, dossier.now),
        urgency=urgency(row.due_at, dossier.now),
        dossier=dossier,
        situation=situation(dossier.journey, dossier.world),
    )


def _id(request: Request) -> UUID:
    try:
        return UUID(request.path_params["task"])
    except ValueError:
        raise HTTPException(404) from None
