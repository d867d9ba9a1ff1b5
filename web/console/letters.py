"""``/console/administration/lettres-types``: every letter, typical and worst case, as it is read."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from notifications.gallery.page import POLICY, gallery
from web.console.people import Person
from web.desk import Desk


async def show(_desk: Desk, _person: Person, _request: Request) -> Response:
    """Read-only; the letters stand in frames with their own styles, hence a policy of its own."""
    return HTMLResponse(await run_in_threadpool(gallery), headers={"Content-Security-Policy": POLICY})
