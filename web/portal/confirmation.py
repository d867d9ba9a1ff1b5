"""``confirm``: the enterprise says that its contact details are right, or corrects them (ENR-5).

A new address is used once whoever reads there has answered a code. The confirmation is the enterprise's own; its
accountant may correct.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.datastructures import FormData, QueryParams
from starlette.responses import RedirectResponse, Response

from activities import correcting
from activities.correcting import Correction
from activities.inbound.schemas import Contact
from db import contacts, enterprises, events
from domain.rules.details import CODE_MINUTES
from domain.state import Channel
from notifications.links import Holder
from web.contact_form import contact_of, written
from web.desk import Desk
from web.portal.visit import Visit, store
from web.rendering import page

CONFIRMED = "contact.confirmed"
CORRECT, ANSWER = "corriger", "code"
MISTAKEN = (
    "Ce code n'est pas celui que nous avons envoyé. Vérifiez-le, ou demandez-en un nouveau en corrigeant de nouveau."
)
TOO_MANY = "Trop d'essais : pour protéger votre dossier, réessayez dans une heure, ou appelez-nous."
OVER = "Ce code n'est plus valable : corrigez de nouveau vos coordonnées pour en recevoir un autre."


def is_open_to_accountants(form: FormData) -> bool:
    """Correcting is; confirming stays the enterprise's own."""
    return form.get("acte") in (CORRECT, ANSWER)


async def show(desk: Desk, visit: Visit, _query: QueryParams) -> Response:
    """The details known, and the buttons."""
    return await _page(desk, visit)


async def act(desk: Desk, visit: Visit, form: FormData) -> Response:
    """Store the confirmation, once for the link; or correct, which a code proves."""
    deed = {CORRECT: _correct, ANSWER: _answer}.get(str(form.get("acte")))
    if deed:
        return await deed(desk, visit, form)
    await store(desk, visit.event(CONFIRMED, {}, visit.journey.corrected_at))
    return RedirectResponse(visit.path, 303)


async def _page(
    desk: Desk,
    visit: Visit,
    errors: Mapping[str, str] | None = None,
    typed: Mapping[str, str] | None = None,
    problem: str | None = None,
) -> Response:
    known = visit.enterprise
    async with desk.engine.connect() as connection:
        proposal = await _proposal(connection, visit)
    return page(
        "confirmation",
        visit=visit,
        confirmed=visit.journey.confirmed_at is not None or visit.pending(CONFIRMED) is not None,
        errors=errors or {},
        typed=typed or {name: value or "" for name, value in contacts.details_of(known).items()},
        problem=problem,
        proposal=proposal and proposal.data,
        minutes=CODE_MINUTES,
        status=422 if errors or problem else 200,
    )


async def _proposal(connection: AsyncConnection, visit: Visit) -> Row[Any] | None:
    """What was proposed by this link and waits for its codes."""
    since = visit.now - timedelta(minutes=CODE_MINUTES)
    row = await contacts.last_proposal(connection, visit.link.siren, since)
    return row if row and row.data["link"] == visit.key(contacts.PROPOSED) else None


async def _correct(desk: Desk, visit: Visit, form: FormData) -> Response:
    contact = contact_of(form)
    if isinstance(contact, dict):
        return await _page(desk, visit, contact, written(form))
    channels = correcting.to_prove(visit.enterprise, contact)
    if not channels:
        return await _use(desk, visit, contact)
    if not await _proposed(desk, visit, contact, [str(it) for it in channels]):
        return await _page(desk, visit, typed=written(form), problem=TOO_MANY)
    return RedirectResponse(f"{visit.path}#code", 303)


async def _proposed(desk: Desk, visit: Visit, contact: Contact, channels: list[str]) -> bool:
    """Store what waits for its codes; false when too much was proposed in an hour."""
    link = visit.key(contacts.PROPOSED)
    data = {"contact": contact.model_dump(), "by": str(visit.author), "channels": channels, "link": link}
    place = (visit.link.siren, visit.journey.organisation, visit.now)
    event = contacts.event(contacts.PROPOSED, visit.key(contacts.PROPOSED, visit.now.isoformat()), *place, data)
    async with desk.engine.begin() as connection:
        if await contacts.may_propose(connection, visit.link.siren, link):
            return False
        await events.store(connection, [event])
    return True


async def _answer(desk: Desk, visit: Visit, form: FormData) -> Response:
    async with desk.engine.begin() as connection:
        proposal = await _proposal(connection, visit)
        wait = proposal and await contacts.may_try(connection, visit.link.siren, proposal.id)
    if proposal is None or wait:
        return await _page(desk, visit, problem=TOO_MANY if wait else OVER)
    if not all(_is_right(desk, visit, proposal, Channel(it), form) for it in proposal.data["channels"]):
        return await _page(desk, visit, {"code": MISTAKEN})
    return await _use(desk, visit, Contact.model_validate(proposal.data["contact"]))


def _is_right(desk: Desk, visit: Visit, proposal: Row[Any], channel: Channel, form: FormData) -> bool:
    typed = "".join(str(form.get(f"code_{channel}") or "").split())
    sent = desk.links.code(visit.link.siren, proposal.id, channel)
    return hmac.compare_digest(typed.encode(), sent.encode())


async def _use(desk: Desk, visit: Visit, contact: Contact) -> Response:
    """The details from now on; the enterprise goes on by a link of its own, the former one being dead (COM-10)."""
    correction = Correction(visit.link.siren, contact, str(visit.author), proven=True)
    async with desk.engine.begin() as connection:
        await correcting.correct(connection, visit.rulebook, correction)
        known = await enterprises.read(connection, visit.link.siren)
    if visit.is_accountant or known is None:
        return RedirectResponse(visit.path, 303)
    holder = Holder(visit.author, known.contact_epoch)
    url = desk.links.url("confirm", visit.link.siren, visit.link.expires_at, visit.link.subject, holder=holder)
    return RedirectResponse(replace(visit, token=url.rpartition("/")[2]).path, 303)
