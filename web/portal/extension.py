"""``extend``: the enterprise goes on, or comes back (EXT-2, EXT-4)."""

from __future__ import annotations

from datetime import date

from starlette.datastructures import FormData, QueryParams
from starlette.responses import RedirectResponse, Response

from config.computing import computed
from domain.requests import Ask, Reply, Request
from domain.rules.term import end_of
from domain.step import step
from web.asking import answer
from web.desk import Desk
from web.portal.visit import Visit
from web.rendering import page


async def show(_desk: Desk, visit: Visit, query: QueryParams) -> Response:
    """The end in force, and where an extension would lead according to the very rules that will decide."""
    expected = await computed(_tried, visit)
    onward = date.fromisoformat(expected.data["ends_on"]) if expected.status == 201 else None
    return page("extension", visit=visit, ends_on=_end(visit), onward=onward, reply=expected, done="fait" in query)


async def act(desk: Desk, visit: Visit, form: FormData) -> Response:
    """Ask the journey. The end shown on the page makes the id: a double click asks once."""
    request = Request(visit.key("extend", form.get("fin") or _end(visit)), Ask.EXTEND, {"by": str(visit.author)})
    reply = await answer(desk, visit.link.siren, visit.path, request)
    if reply.status == 201:
        return RedirectResponse(f"{visit.path}?fait", 303)
    return page(
        "extension", status=reply.status, visit=visit, ends_on=_end(visit), onward=None, reply=reply, done=False
    )


def _end(visit: Visit) -> date:
    return end_of(visit.journey, visit.world.policy)


def _tried(visit: Visit) -> Reply:
    request = Request("preview", Ask.EXTEND)
    return step(visit.journey, (request,), visit.now, visit.rulebook).replies[request.id]
