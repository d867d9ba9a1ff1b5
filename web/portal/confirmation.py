"""``confirm``: the enterprise says that its contact details are right (ENR-5)."""

from __future__ import annotations

from starlette.datastructures import FormData, QueryParams
from starlette.responses import RedirectResponse, Response

from web.desk import Desk
from web.portal.visit import Visit, store
from web.rendering import page

CONFIRMED = "contact.confirmed"


async def show(_desk: Desk, visit: Visit, _query: QueryParams) -> Response:
    """The details known, and the button."""
    confirmed = visit.journey.confirmed_at is not None or visit.pending(CONFIRMED) is not None
    return page("confirmation", visit=visit, confirmed=confirmed)


async def act(desk: Desk, visit: Visit, _form: FormData) -> Response:
    """Store the confirmation, once for the link."""
    await store(desk, visit.event(CONFIRMED, {}))
    return RedirectResponse(visit.path, 303)
