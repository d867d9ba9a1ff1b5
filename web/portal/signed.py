"""``/l/{token}``: reading changes nothing, a button does (COM-7)."""

from __future__ import annotations

from typing import Protocol

from starlette.datastructures import FormData, QueryParams
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from notifications.links import BadLink, Link
from web.desk import Desk
from web.portal import (
    accountant,
    agenda,
    appointment,
    assistance,
    calendar,
    clients,
    confirmation,
    extension,
    meetings,
    plan,
    preferences,
    proposal,
    survey,
    trail,
)
from web.portal.kept import KeptForms
from web.portal.limits import LinkLimits, TooMany
from web.portal.visit import NEVER_PAST, Expired, Visit, follow
from web.rendering import page

FORM_BYTES = 64 * 1024


class Action(Protocol):
    """The page of one kind of link."""

    async def show(self, desk: Desk, visit: Visit, query: QueryParams) -> Response:
        """Read."""
        ...

    async def act(self, desk: Desk, visit: Visit, form: FormData) -> Response:
        """Do what the button says; doing it twice is doing it once."""
        ...


ACTIONS: dict[str, Action] = {
    "confirm": confirmation,
    "preferences": preferences,
    "extend": extension,
    "survey": survey,
    "agenda": agenda,
    "reply": proposal,
    "slot": appointment,
    "plan": plan,
    "help": assistance,
    "meetings": meetings,
    "calendar": calendar,
    "accountant": accountant,
    "clients": clients,
}


class SignedLinks:
    """The two verbs of a signed link."""

    def __init__(self, desk: Desk) -> None:
        self._desk, self._limits, self._kept = desk, LinkLimits(desk.engine), KeptForms(desk)

    async def show(self, request: Request) -> Response:
        """``GET``."""
        token: str = request.path_params["token"]
        if wait := self._limits.look(self._desk.links.read(token, NEVER_PAST), token):
            raise TooMany(wait, request.url.path)
        visit = await follow(self._desk, token)
        action = _action(visit)
        if action is plan and (form := self._kept.read(request)) is not None:
            return await plan.again(self._desk, visit, request.query_params, form)
        return await action.show(self._desk, visit, request.query_params)

    async def act(self, request: Request) -> Response:
        """``POST``."""
        try:
            return await self._act(request)
        except (BadLink, Expired):
            await trail.turned_away(self._desk)
            raise

    async def _act(self, request: Request) -> Response:
        token: str = request.path_params["token"]
        link = self._desk.links.read(token, NEVER_PAST)
        form = await (_any_form if link.action == "preferences" else _form)(request)
        if wait := self._limits.look(link, token):
            raise TooMany(wait, request.url.path, form)
        visit = await follow(self._desk, token)
        if visit.is_reserved and not _may_accountant(link, form):
            await trail.done(self._desk, visit, form, 403)
            return page("reserved", visit=visit, status=403)
        action = _action(visit)
        counts = link.action != "preferences" or preferences.is_chosen_here(form)
        if counts and (wait := await self._limits.do(link, token)):
            raise TooMany(wait, request.url.path, form)
        response = await action.act(self._desk, visit, form)
        if action is plan:
            self._kept.note(request, response, form)
        await trail.done(self._desk, visit, form, response.status_code)
        return response


def _may_accountant(link: Link, form: FormData) -> bool:
    """Of a page that is the enterprise's own, an accountant may correct contact details (ENR-5)."""
    return link.action == "confirm" and confirmation.is_open_to_accountants(form)


def _action(visit: Visit) -> Action:
    try:
        return ACTIONS[visit.link.action]
    except KeyError:
        raise BadLink from None


async def _form(request: Request) -> FormData:
    length = request.headers.get("content-length", "")
    if not length.isdecimal():
        raise HTTPException(411)
    if int(length) > FORM_BYTES:
        raise HTTPException(413)
    return await request.form()


async def _any_form(request: Request) -> FormData:
    """Of a mail program that unsubscribes (RFC 8058): what cannot be read as a form says nothing, and is no fault."""
    if "content-length" not in request.headers:
        return FormData()
    try:
        return await _form(request)
    except HTTPException as refusal:
        if refusal.status_code == 400:
            return FormData()
        raise
