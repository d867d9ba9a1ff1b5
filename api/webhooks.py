"""What providers say became of our messages: signatures are checked on the bytes that came."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl

import structlog
from fastapi import APIRouter, Request, Response
from pydantic import SecretStr

from activities.receiving import record
from api.problems import Problem, documented
from api.services import Service, Services
from config.settings import Settings
from notifications.ports import Receipt
from notifications.sendgrid import receipts as sendgrid
from notifications.sendgrid.batches import elements
from notifications.twilio import receipts as twilio

log = structlog.stdlib.get_logger("parcours.api")

router = APIRouter(prefix="/webhooks", tags=["webhooks"])


def _body(media_type: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {media_type: {"schema": schema}}}}


FORM = _body("application/x-www-form-urlencoded", {"type": "object", "additionalProperties": {"type": "string"}})
EVENTS = _body("application/json", {"type": "array", "items": {"type": "object"}})


@router.post("/twilio/status", status_code=204, responses=documented(400, 403, 413), openapi_extra=FORM)
async def twilio_status(request: Request, services: Service) -> Response:
    """A status callback of Twilio, `X-Twilio-Signature` checked."""
    form = twilio.Form(parse_qsl((await request.body()).decode(errors="replace"), keep_blank_values=True))
    signature = request.headers.get("x-twilio-signature")
    token = _secret(services.settings.twilio_auth_token)
    if not (token and twilio.verify(token, _public_url(services.settings, request), form, signature)):
        raise _unsigned("Twilio")
    if not form.get("MessageSid") or any("\0" in form.get(name, "") for name in twilio.READ):
        raise Problem(400, "Not a status callback: MessageSid and MessageStatus are expected.")
    receipt = twilio.parse_receipt(form)
    await _record(services, [receipt] if receipt else [])
    return Response(status_code=204)


def _secret(value: SecretStr | None) -> str | None:
    return value.get_secret_value() if value else None


def _public_url(settings: Settings, request: Request) -> str:
    """The URL as the provider called it, whatever proxy stands in between."""
    query = f"?{request.url.query}" if request.url.query else ""
    return f"{settings.public_url}{request.url.path}{query}"


@router.post("/sendgrid/events", status_code=204, responses=documented(400, 403, 413), openapi_extra=EVENTS)
async def sendgrid_events(request: Request, services: Service) -> Response:
    """Events of SendGrid, signature and timestamp checked."""
    body = await request.body()
    signature = request.headers.get("x-twilio-email-event-webhook-signature")
    timestamp = request.headers.get("x-twilio-email-event-webhook-timestamp")
    key = services.settings.sendgrid_webhook_key
    if not (key and sendgrid.verify(key, body, signature, timestamp)):
        raise _unsigned("SendGrid")
    events = _events(body)
    receipts = sendgrid.parse_receipts(events)
    await _record(services, receipts)
    if odd := sendgrid.count_odd(events):
        services.metrics.receipts_odd.labels("sendgrid").inc(odd)
        log.warning("odd receipts", provider="sendgrid", odd=odd, kept=len(receipts))
    return Response(status_code=204)


def _events(body: bytes) -> list[object]:
    try:
        return elements(body)
    except ValueError:
        raise Problem(400, "Not an array of SendGrid events.") from None


def _unsigned(provider: str) -> Problem:
    return Problem(403, f"Not signed by {provider}, or {provider} is not configured here.")


async def _record(services: Services, receipts: Sequence[Receipt]) -> None:
    async with services.engine.connect() as connection:
        rulebook = await services.rulebook(connection)
    await record(services.engine, rulebook, receipts)
    for it in receipts:
        services.metrics.receipts.labels(it.provider, it.status).inc()
