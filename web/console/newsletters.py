"""``/console/lettres``: the newsletter written, seen as it will be read, planned and withdrawn (REG-1)."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from db import newsletters
from db.newsletters import LONGEST_BODY, LONGEST_TITLE, Issue
from db.refusals import Refused, Unknown
from db.tenancy import as_organisation
from domain.newsletters import SECTOR
from domain.policy import Policy
from notifications.markdown import unstyled
from notifications.wording import as_written
from web.console import trail
from web.console.forms import NewId, day_of, line_of, operation_of, text_of
from web.console.people import Person
from web.console.rendering import screen
from web.desk import Desk

DONE = {
    "programmation": "La lettre est programmée : elle peut être retirée jusqu'à la veille de son départ.",
    "envoi": "La lettre part : elle est confiée aux parcours dans la minute.",
    "retrait": "La lettre est retirée : elle ne partira pas.",
}
MOST_SECTORS = 100


async def show(desk: Desk, person: Person, request: Request) -> Response:
    """Read-only."""
    return await _page(desk, person, request)


async def act(desk: Desk, person: Person, request: Request, form: FormData) -> Response:
    """See an issue as it will be read and by how many, plan it, or withdraw it."""
    deed = {"apercu": _look, "programmation": _plan, "retrait": _withdraw}.get(str(form.get("action")))
    if deed is None:
        raise HTTPException(400)
    policy = desk.rulebook.current[person.organisation]
    try:
        async with as_organisation(desk.engine, person.organisation) as connection:
            done = await deed(connection, policy, form, partial(operation_of, person, request, form))
    except Refused as refusal:
        return await _page(desk, person, request, problem=str(refusal), form=form)
    except Unknown:
        raise HTTPException(404) from None
    if isinstance(done, dict):
        return await _page(desk, person, request, form=form, seen=done)
    trail.about(request, done)
    leaves_now = form["action"] == "programmation" and _issue(form).leaves_on <= _today(policy)
    return RedirectResponse(f"/console/lettres?fait={'envoi' if leaves_now else form['action']}", 303)


def _today(policy: Policy) -> date:
    return policy.calendar.day_of(datetime.now(UTC))


async def _look(connection: AsyncConnection, policy: Policy, form: FormData, _: NewId) -> dict[str, Any]:
    issue, today = _issue(form), _today(policy)
    newsletters.check_day(issue, today)
    readers = await newsletters.count_readers(connection, policy.organisation, issue.sectors)
    said = {"title": issue.title, "body": unstyled(as_written(issue.body)), "on": issue.leaves_on, "readers": readers}
    return {**said, "at_once": issue.leaves_on == today}


async def _plan(connection: AsyncConnection, policy: Policy, form: FormData, new_id: NewId) -> str:
    newsletter, today = str(new_id()), _today(policy)
    await newsletters.plan(connection, policy.organisation, newsletter, _issue(form), today)
    return newsletter


async def _withdraw(connection: AsyncConnection, policy: Policy, form: FormData, _: NewId) -> str:
    newsletter = str(form.get("lettre")).replace("\x00", "")
    await newsletters.withdraw(connection, policy.organisation, newsletter)
    return newsletter


def _issue(form: FormData) -> Issue:
    """What the form says. Raises :class:`Refused`."""
    title, body, on = line_of(form, "title"), text_of(form, "body", LONGEST_BODY + 1), day_of(form, "on")
    if not title or not body or on is None:
        raise Refused("Indiquez le titre, le texte et le jour d'envoi de la lettre.")
    if len(title) > LONGEST_TITLE or len(body) > LONGEST_BODY:
        raise Refused(f"Un titre a {LONGEST_TITLE} caractères au plus, un texte {LONGEST_BODY}.")
    return Issue(title, body, _sectors(form), on)


def _sectors(form: FormData) -> list[str]:
    written = re.split(r"[\s,;]+", text_of(form, "sectors") or "")
    sectors = [it for it in written if it]
    wrong = next((it for it in sectors if not re.fullmatch(SECTOR, it)), None)
    if wrong:
        raise Refused(f"« {wrong[:20]} » n'est pas un code NAF ni son début : écrivez par exemple 56, 47.11B.")
    if len(sectors) > MOST_SECTORS:
        raise Refused(f"Indiquez {MOST_SECTORS} secteurs au plus.")
    return sectors


async def _page(
    desk: Desk,
    person: Person,
    request: Request,
    *,
    problem: str | None = None,
    form: FormData | None = None,
    seen: dict[str, Any] | None = None,
) -> Response:
    policy = desk.rulebook.current[person.organisation]
    async with as_organisation(desk.engine, person.organisation) as connection:
        rows = await newsletters.listed(connection, person.organisation)
    return screen(
        "newsletters",
        person=person,
        request=request,
        policy=policy,
        status=409 if problem else 200,
        problem=problem,
        given=form or FormData({"on": str(policy.calendar.add_working_days(_today(policy), 1))}),
        seen=seen,
        done=DONE.get(request.query_params.get("fait", "")),
        issues=rows,
        today=_today(policy),
    )
