"""``/outbox``: the messages that no provider carries, for development."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Row
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from db import portal
from web.desk import Desk
from web.rendering import page

SHOWN = 200
MOST = 1000
_JSON = TypeAdapter(list[dict[str, Any]])


class Outbox:
    """Newest messages first; filters ``siren``, ``channel`` and ``limit``."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def show(self, request: Request) -> Response:
        """A page, or JSON for who accepts nothing else; 404 when every channel has a provider, or others may come."""
        if not self._desk.outboxes:
            raise HTTPException(404)
        query = request.query_params
        siren, channel = query.get("siren", "").replace(" ", ""), query.get("channel", "")
        channels = [known for known in self._desk.outboxes if channel in ("", known)]
        async with self._desk.engine.connect() as connection:
            rows = await portal.outbox(connection, channels, siren.replace("\x00", ""), _limit(query.get("limit", "")))
        items = [self._item(row) for row in rows]
        if _wants_json(request):
            return Response(_JSON.dump_json(items), media_type="application/json")
        return page("outbox", messages=items, siren=siren, channel=channel, channels=self._desk.outboxes)

    def _item(self, row: Row[Any]) -> dict[str, Any]:
        zone = self._desk.rulebook.current[row.organisation].calendar.zoneinfo
        sent_at = row.sent_at.astimezone(zone) if row.sent_at else None
        return {**row._mapping, "sent_at": sent_at}


def _limit(text: str) -> int:
    return min(int(text), MOST) if text.isdecimal() and len(text) < 6 else SHOWN


def _wants_json(request: Request) -> bool:
    accepted = request.headers.get("accept", "")
    return "application/json" in accepted and "text/html" not in accepted
