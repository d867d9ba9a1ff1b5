"""``/outbox``: the messages that no provider carries, for development, read as in a mailbox."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import ceil
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import Row
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from db import outbox
from db.outbox import Wanted
from domain.messages import FAILED, LEFT
from notifications.sms import segments
from web.desk import Desk
from web.headers import HEADERS
from web.rendering import page

PER_PAGE = 25
MOST_PAGES = 10_000
SHOWN = 200
MOST = 1000
VIEWS: Mapping[str, tuple[str, ...]] = {
    "": LEFT,
    "attente": ("queued", "sending", "unknown"),
    "non-partis": FAILED,
}
RECIPIENTS = ("enterprise", "accountant")
READING = {"Content-Security-Policy": f"{HEADERS['Content-Security-Policy']}; frame-src 'self'"}
MAIL = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
}
"""A mail has its own styles, runs nothing, loads nothing; its links open beside it."""

_JSON = TypeAdapter(list[dict[str, Any]])


class Outbox:
    """The list, a message, the mail as it left; 404 when every channel has a provider, or others may come."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[BaseRoute]:
        """The addresses of the outbox."""
        return [
            Route("/outbox", self.show),
            Route("/outbox/{message:uuid}", self.read),
            Route("/outbox/{message:uuid}/mail", self.mail),
        ]

    async def show(self, request: Request) -> Response:
        """Newest first, narrowed by ``siren``, ``channel``, ``recipient``; JSON for who accepts nothing else."""
        wanted = self._wanted(request)
        return await (self._data(request, wanted) if _wants_json(request) else self._list(request, wanted))

    async def read(self, request: Request) -> Response:
        """One message: an SMS as a bubble with its segments, a mail in a frame."""
        row = await self._one(request)
        encoding, parts = segments(row.text) if row.channel == "sms" and row.text else ("", 0)
        length = len(row.text or "")
        answer = page("outbox_message", message=self._item(row), encoding=encoding, parts=parts, length=length)
        answer.headers.update(READING)
        return answer

    async def mail(self, request: Request) -> Response:
        """The HTML of a mail as it would have left, links opening beside it."""
        row = await self._one(request)
        if not row.html:
            raise HTTPException(404)
        return HTMLResponse(row.html.replace("<head>", '<head><base target="_blank">', 1), headers=MAIL)

    def _wanted(self, request: Request) -> Wanted:
        if not self._desk.outboxes:
            raise HTTPException(404)
        query = request.query_params
        siren, channel = query.get("siren", "").replace(" ", "").replace("\x00", ""), query.get("channel", "")
        recipient = query.get("recipient", "")
        return Wanted(
            channels=[known for known in self._desk.outboxes if channel in ("", known)],
            siren=siren,
            recipient=recipient if recipient in RECIPIENTS else "",
        )

    async def _data(self, request: Request, wanted: Wanted) -> Response:
        async with self._desk.engine.connect() as connection:
            rows = await outbox.written(connection, wanted, _number(request, "limit", SHOWN, MOST))
        return Response(_JSON.dump_json([self._item(row) for row in rows]), media_type="application/json")

    async def _list(self, request: Request, wanted: Wanted) -> Response:
        view = request.query_params.get("vue", "")
        view = view if view in VIEWS else ""
        number = max(_number(request, "page", 1, MOST_PAGES), 1)
        async with self._desk.engine.connect() as connection:
            counts = await outbox.by_status(connection, wanted)
            seen = replace(wanted, statuses=VIEWS[view])
            rows = await outbox.listed(connection, seen, PER_PAGE, (number - 1) * PER_PAGE)
        totals = {name: sum(counts.get(status, 0) for status in statuses) for name, statuses in VIEWS.items()}
        return page(
            "outbox",
            messages=[self._item(row) for row in rows],
            wanted=wanted,
            channel=request.query_params.get("channel", ""),
            channels=self._desk.outboxes,
            view=view,
            totals=totals,
            number=number,
            pages=max(ceil(totals[view] / PER_PAGE), 1),
        )

    async def _one(self, request: Request) -> Row[Any]:
        message: UUID = request.path_params["message"]
        async with self._desk.engine.connect() as connection:
            row = await outbox.one(connection, message, self._desk.outboxes)
        if row is None:
            raise HTTPException(404)
        return row

    def _item(self, row: Row[Any]) -> dict[str, Any]:
        zone = self._desk.rulebook.current[row.organisation].calendar.zoneinfo
        instants = {name: row._mapping[name] for name in ("sent_at", "queued_at", "due_at") if name in row._mapping}
        local = {name: instant and instant.astimezone(zone) for name, instant in instants.items()}
        return {**row._mapping, **local}


def _number(request: Request, name: str, usual: int, most: int) -> int:
    text = request.query_params.get(name, "")
    return min(int(text), most) if text.isascii() and text.isdecimal() and len(text) < 6 else usual


def _wants_json(request: Request) -> bool:
    accepted = request.headers.get("accept", "")
    return "application/json" in accepted and "text/html" not in accepted
