"""A subscriber of events out, that verifies signatures as the Standard Webhooks specification says."""

import base64
import hashlib
import hmac
import json
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from tests.fakes.server import Answer, FakeProvider

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class FakeSubscriber(FakeProvider):
    """`accepted` are the events it took, `attempts` all the deliveries that reached it."""

    def __init__(self) -> None:
        super().__init__()
        self.attempts: list[dict[str, Any]] = []
        self.url = f"{self.base_url}/hook"

    def routes(self) -> list[Route]:
        return [
            Route("/hook", self._hook, methods=["POST"]),
            Route("/moved", self._moved, methods=["POST"]),
        ]

    async def _hook(self, request: Request) -> Response:
        body = await request.body()
        event = {**json.loads(body), "headers": dict(request.headers)}
        self.attempts.append(event)
        if not _is_signed(request, body):
            return Response(status_code=401)
        answer = await self.scripted(request, lambda: self.accepted.append(event))
        if answer is None:
            self.accepted.append(event)
        return answer or Response(status_code=204)

    async def _moved(self, _: Request) -> Response:
        return RedirectResponse("/hook", 307)

    def error(self, answer: Answer) -> Response:
        return Response(status_code=answer.status)


def _is_signed(request: Request, body: bytes) -> bool:
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    content = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.{body.decode()}"
    expected = base64.b64encode(hmac.new(key, content.encode(), hashlib.sha256).digest()).decode()
    return f"v1,{expected}" in request.headers["webhook-signature"].split()
