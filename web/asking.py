"""What a page's button asks of a journey."""

from __future__ import annotations

import structlog

from db import notes
from db.notes import Kept
from domain.requests import Reply, Request
from web.desk import Desk
from workflows.client import NoAnswer, ask

log = structlog.stdlib.get_logger("parcours.pages")


class Unanswered(Exception):
    """No answer in time; ``path`` is the page to ask again from."""

    def __init__(self, path: str) -> None:
        super().__init__("the journey does not answer")
        self.path = path


async def answer(desk: Desk, siren: str, path: str, request: Request, note: Kept | None = None) -> Reply:
    """The journey's answer to a form of the page at ``path``; the ``note`` written with one it refuses is not kept.

    Raises Unanswered; the request may then be repeated.
    """
    try:
        reply = await ask(desk.temporal, siren, request)
    except NoAnswer as error:
        log.warning("no answer to a page", ask=request.ask, siren=siren, reason=str(error))
        raise Unanswered(path) from None
    if reply.status >= 400:
        await notes.forget(desk.engine, note)
    return reply
