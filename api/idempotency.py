"""`Idempotency-Key`: a POST repeated under the same key is carried out once, and answered the same again."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

from fastapi import Depends, Request, Response
from fastapi.routing import APIRoute
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncEngine

from api.auth import Caller, identify
from api.problems import Fault, Problem, answer, documented
from api.services import Services
from db import idempotency

TRIES, PAUSE_SECONDS = 50, 0.1
REPLAYED = {"Idempotency-Replayed": "true"}

KEY = re.compile(r"[!-~]{1,200}")
DESCRIPTION = "For a week the same key, body and caller get the same answer: the request is carried out once."
PARAMETER = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {
        "anyOf": [{"type": "string", "pattern": f"^{KEY.pattern}$"}, {"type": "null"}],
        "description": DESCRIPTION,
        "title": "Idempotency-Key",
    },
    "description": DESCRIPTION,
}
"""For OpenAPI. FastAPI does not read the header itself: that would cost each POST a dependency."""

MALFORMED = Fault("/header/Idempotency-Key", f"String should match pattern '^{KEY.pattern}$'")


async def operation_of(request: Request) -> UUID:
    """What this request is, whenever it is repeated under its key; each request without a key is another."""
    known: UUID | None = getattr(request.state, "operation", None)
    return known or uuid4()


Operation = Annotated[UUID, Depends(operation_of)]
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class Idempotent(APIRoute):
    """A route whose POST honours the key; what was refused or failed may be tried again under it."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        if "POST" in (options.get("methods") or ()):
            extra = options.get("openapi_extra") or {}
            options["openapi_extra"] = {**extra, "parameters": [PARAMETER, *extra.get("parameters", ())]}
            options["responses"] = documented(409, 422) | (options.get("responses") or {})
        super().__init__(path, endpoint, **options)

    def get_route_handler(self) -> Handler:
        """The handler, behind the memory of answers given."""
        handler = super().get_route_handler()
        return _remembering(handler) if "POST" in (self.methods or ()) else handler


def _remembering(handler: Handler) -> Handler:
    async def handle(request: Request) -> Response:
        key = request.headers.get("idempotency-key")
        if key is None:
            return await handler(request)
        services: Services = request.app.state.services
        caller = await identify(request)
        if not KEY.fullmatch(key):
            raise Problem(400, "Correct what `errors` names and send it again.", errors=[MALFORMED])
        request.state.operation = _operation(caller, request.url.path, key)
        fingerprint = hashlib.sha256(await request.body()).hexdigest()
        once = _Once(services.engine, request.state.operation, fingerprint)
        return await once.carry_out(lambda: handler(request))

    return handle


def _operation(caller: Caller, path: str, key: str) -> UUID:
    """Nobody's key is another's: not that of a colleague, nor that of another system of the same role."""
    nameless = () if caller.agent else (caller.author,)
    who = (caller.role, caller.organisation, caller.agent or "", *nameless, caller.client or "")
    return uuid5(NAMESPACE_URL, "\n".join((*who, path, key)))


@dataclass(frozen=True)
class _Once:
    engine: AsyncEngine
    operation: UUID
    fingerprint: str

    async def carry_out(self, work: Callable[[], Awaitable[Response]]) -> Response:
        """Do the work, or give the answer it had; wait a little for another request that does it now."""
        for _ in range(TRIES):
            if await self._claim():
                return await self._answered(work)
            if known := await self._known():
                return Response(known.body, known.status, REPLAYED, known.media_type)
            await asyncio.sleep(PAUSE_SECONDS)
        raise Problem(409, "The same request is being carried out: send it again.", headers={"Retry-After": "1"})

    async def _claim(self) -> bool:
        async with self.engine.begin() as connection:
            return await idempotency.claim(connection, self.operation, self.fingerprint)

    async def _known(self) -> Row[Any] | None:
        async with self.engine.connect() as connection:
            known = await idempotency.read(connection, self.operation)
        if known and known.fingerprint != self.fingerprint:
            raise Problem(422, "This key already stands for another body: use a new key for a new request.")
        return known if known and known.status else None

    async def _answered(self, work: Callable[[], Awaitable[Response]]) -> Response:
        try:
            response = await _decided(work)
        except BaseException:
            async with self.engine.begin() as connection:
                await idempotency.release(connection, self.operation)
            raise
        kept = (response.status_code, response.media_type, bytes(response.body))
        async with self.engine.begin() as connection:
            await idempotency.answer(connection, self.operation, *kept)
        return response


async def _decided(work: Callable[[], Awaitable[Response]]) -> Response:
    """A conflict is a decision like another."""
    try:
        return await work()
    except Problem as problem:
        if problem.status_code != 409:
            raise
        return answer(problem)
