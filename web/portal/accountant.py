"""``accountant``: in each copy, asks that the page of all clients be sent to the accountant's own address (COM-6).

Copies are passed on to clients: the link in them shows nothing, it has a mail sent.
"""

from __future__ import annotations

from dataclasses import replace
from hashlib import blake2b

from starlette.datastructures import FormData, QueryParams
from starlette.responses import RedirectResponse, Response

from web.desk import Desk
from web.portal.visit import Visit, store
from web.rendering import page

ASKED = "clients.asked"


async def show(_desk: Desk, visit: Visit, query: QueryParams) -> Response:
    """What the mail will open, and the button."""
    known = visit.journey.accountant and bool(visit.enterprise.accountant_email)
    return page("accountant", visit=visit, known=known, asked="fait" in query)


async def act(desk: Desk, visit: Visit, _form: FormData) -> Response:
    """Have the mail sent, once an hour at most whichever copy it is asked from."""
    hourly = blake2b(f"{visit.link.siren}|{ASKED}|{visit.now:%Y-%m-%dT%H}".encode(), digest_size=16).hexdigest()
    await store(desk, replace(visit.event(ASKED, {}), id=hourly))
    return RedirectResponse(f"{visit.path}?fait", 303)
