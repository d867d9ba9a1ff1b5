"""SendGrid's mail/send, and its signed event webhook."""

import base64
import json
import time
import uuid
from typing import Any

import httpx
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.fakes.openapi import description, problem
from tests.fakes.server import Answer, FakeProvider

SIGNATURE = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP = "X-Twilio-Email-Event-Webhook-Timestamp"


class WebhookKey:
    """SendGrid's side of the webhook's signature."""

    def __init__(self) -> None:
        self._private = ec.generate_private_key(ec.SECP256R1())

    @property
    def public(self) -> str:
        """The verification key as SendGrid shows it: base64, without PEM's lines."""
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return base64.b64encode(self._private.public_key().public_bytes(serialization.Encoding.DER, form)).decode()

    def signed(self, payload: bytes, timestamp: str) -> dict[str, str]:
        """The two headers that vouch for this payload."""
        signature = self._private.sign(timestamp.encode() + payload, ec.ECDSA(hashes.SHA256()))
        return {SIGNATURE: base64.b64encode(signature).decode(), TIMESTAMP: timestamp}


def event_about(message_id: str, event: str, provider_id: str = "inconnu", **fields: object) -> dict[str, Any]:
    """One event about a letter; `sg_event_id` is new unless given."""
    return {
        "event": event,
        "message_id": message_id,
        "sg_message_id": f"{provider_id}.recvd-1-1",
        "sg_event_id": uuid.uuid4().hex,
        "timestamp": int(time.time()),
        **fields,
    }


class FakeSendGrid(FakeProvider):
    """`accepted` holds each mail's JSON as sent, with `provider_id` and `message_id` beside it."""

    def __init__(self, api_key: str = "SG.cle-de-test") -> None:
        super().__init__()
        self.api_key = api_key
        self._key = WebhookKey()
        self._api = description("sendgrid_mail_send", self.base_url)

    @property
    def public_key(self) -> str:
        return self._key.public

    def routes(self) -> list[Route]:
        return [Route("/v3/mail/send", self._send, methods=["POST"])]

    def event(self, message_id: str, event: str, **fields: object) -> dict[str, Any]:
        """One event about an accepted letter."""
        [provider_id] = [mail["provider_id"] for mail in self.accepted if mail["message_id"] == message_id]
        return event_about(message_id, event, provider_id, **fields)

    async def events(self, url: str, *events: dict[str, Any]) -> httpx.Response:
        """Post these events, signed."""
        payload = json.dumps(events).encode()
        headers = {"Content-Type": "application/json", **self._key.signed(payload, str(int(time.time())))}
        async with httpx.AsyncClient() as client:
            return await client.post(url, content=payload, headers=headers)

    async def _send(self, request: Request) -> Response:
        if request.headers.get("Authorization") != f"Bearer {self.api_key}":
            return self.error(Answer(401))
        if reason := await problem(self._api, request):
            return self.error(Answer(400, message=reason))
        mail = await request.json()
        return await self.scripted(request, lambda: self._accept(mail)) or self._taken(mail)

    def _taken(self, mail: dict[str, Any]) -> Response:
        return Response(status_code=202, headers={"X-Message-Id": self._accept(mail)})

    def error(self, answer: Answer) -> Response:
        reset = answer.retry_after is not None and {"X-RateLimit-Reset": str(int(time.time()) + answer.retry_after)}
        body = {"errors": [{"message": answer.message, "field": answer.field}]}
        return JSONResponse(body, answer.status, reset or {})

    def _accept(self, mail: dict[str, Any]) -> str:
        provider_id = uuid.uuid4().hex[:22]
        self.accepted.append(mail | {"provider_id": provider_id, "message_id": mail["custom_args"]["message_id"]})
        return provider_id
