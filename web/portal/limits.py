"""How often a signed link may be followed, and what may be done by it (COM-7).

Reading is metered by each process, deeds by the database for all of them: a deed writes to agents and to providers.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import timedelta
from hashlib import blake2b

from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from config.rates import Meter
from db import link_deeds
from notifications.links import Link
from web.rendering import page

LINK_PER_MINUTE, ENTERPRISE_PER_MINUTE = 120, 600
DEEDS = link_deeds.Limits(link=20, kind=40, enterprise=90)
LONG = 60
"""Characters from which a field is shown to who filled it in."""


class TooMany(Exception):
    """To be done again in ``wait`` seconds, with what was typed at the page at ``path``, if anything was."""

    def __init__(self, wait: int, path: str, typed: FormData | None = None) -> None:
        super().__init__("a link is used too often")
        self.wait, self.path, self.typed = wait, path, typed


class LinkLimits:
    """Those of one process, and those it shares through its database."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._links, self._enterprises = Meter(LINK_PER_MINUTE), Meter(ENTERPRISE_PER_MINUTE)

    def look(self, link: Link, token: str) -> int:
        """Count a look, and return the seconds to wait for it, 0 when there is no need to."""
        return self._links.take(_digest(token)).wait or self._enterprises.take(link.siren).wait

    async def do(self, link: Link, token: str) -> int:
        """Count a deed, and return the seconds to wait for it, 0 when there is no need to."""
        async with self._engine.begin() as connection:
            wait = await link_deeds.take(connection, link.siren, _digest(token), link.action, DEEDS)
        return math.ceil((wait or timedelta()).total_seconds())


def _digest(token: str) -> str:
    return blake2b(token.encode(), digest_size=16).hexdigest()


async def refuse(_request: Request, error: TooMany) -> Response:
    """429: what was typed stays on the page, to be sent again."""
    fields = list(_texts(error.typed.multi_items() if error.typed else ()))
    answer = page(
        "too_many",
        status=429,
        path=error.path,
        minutes=max(1, math.ceil(error.wait / 60)),
        hidden=[it for it in fields if not _is_long(it[1])],
        shown=[it for it in fields if _is_long(it[1])],
        typed=error.typed is not None,
    )
    answer.headers["Retry-After"] = str(error.wait)
    return answer


def _texts(items: Iterable[tuple[str, object]]) -> Iterable[tuple[str, str]]:
    return ((name, value) for name, value in items if isinstance(value, str))


def _is_long(value: str) -> bool:
    return len(value) > LONG or "\n" in value
