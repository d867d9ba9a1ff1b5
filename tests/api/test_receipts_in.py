from __future__ import annotations

import json
import time
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from config.settings import Settings
from db.tables import receipts
from tests.fakes.sendgrid import WebhookKey, event_about

TWILIO = "/webhooks/twilio/status"
SENDGRID = "/webhooks/sendgrid/events"
DELIVERED = {"MessageSid": "SM1", "MessageStatus": "delivered"}
KEY = WebhookKey()


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"sendgrid_webhook_key": KEY.public})


async def kept(engine: AsyncEngine) -> list[tuple[str, str]]:
    async with engine.connect() as connection:
        rows = await connection.execute(select(receipts.c.provider, receipts.c.status).order_by(receipts.c.id))
        return [(row.provider, row.status) for row in rows]


async def call_back(client: httpx.AsyncClient, form: dict[str, str], query: str = "", **change: str) -> httpx.Response:
    url = f"https://parcours.example{TWILIO}{query}"
    headers = {"X-Twilio-Signature": RequestValidator("0" * 32).compute_signature(url, form)} | change
    return await client.post(TWILIO + query, data=form, headers=headers)


async def post_events(client: httpx.AsyncClient, payload: bytes) -> httpx.Response:
    return await client.post(SENDGRID, content=payload, headers=KEY.signed(payload, str(int(time.time()))))


async def test_a_signed_callback_is_kept_once_under_the_public_url(
    anonymous: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    assert [(await call_back(anonymous, DELIVERED, "?of=x")).status_code for _ in range(2)] == [204, 204]
    assert await kept(engine) == [("twilio", "delivered")]


async def test_signed_events_are_kept_once(anonymous: httpx.AsyncClient, engine: AsyncEngine) -> None:
    events = [event_about(str(uuid4()), kind) for kind in ("delivered", "open", "bounce")]
    payload = json.dumps(events).encode()
    assert [(await post_events(anonymous, payload)).status_code for _ in range(2)] == [204, 204]
    assert await kept(engine) == [("sendgrid", "delivered"), ("sendgrid", "failed")]


@pytest.mark.parametrize("signature", ["", "AAAA", "é"])
async def test_a_wrong_signature_is_refused(signature: str, anonymous: httpx.AsyncClient, engine: AsyncEngine) -> None:
    headers: Any = {name: signature.encode() for name in ("X-Twilio-Signature", *KEY.signed(b"", "0"))}
    for answer in (
        await anonymous.post(TWILIO, data=DELIVERED, headers=headers),
        await anonymous.post(SENDGRID, content=b"[]", headers=headers),
    ):
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/forbidden")
    assert await kept(engine) == []


async def test_a_signature_does_not_vouch_for_a_changed_body(anonymous: httpx.AsyncClient) -> None:
    headers = KEY.signed(b"[]", str(int(time.time())))
    assert (await anonymous.post(SENDGRID, content=b"[ ]", headers=headers)).status_code == 403


async def test_a_provider_that_is_not_configured_is_refused(app: FastAPI, anonymous: httpx.AsyncClient) -> None:
    services = app.state.services
    bare = services.settings.model_copy(update={"twilio_auth_token": None, "sendgrid_webhook_key": None})
    object.__setattr__(services, "settings", bare)
    assert (await call_back(anonymous, DELIVERED)).status_code == 403
    assert (await post_events(anonymous, b"[]")).status_code == 403


@pytest.mark.parametrize(
    "payload",
    [
        b"{",
        b"",
        b"{}",
        b"[1]",
        b"[NaN]",
        b'[{"event": "delivered", "sg_event_id": "1", "message_id": 3}]',
        b'[{"event": "delivered", "sg_event_id": "1", "timestamp": 999999999999999999}]',
    ],
)
async def test_a_signed_body_that_makes_no_sense_is_a_400(
    payload: bytes, anonymous: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    assert (await post_events(anonymous, payload)).status_code == 400
    assert await kept(engine) == []


@pytest.mark.parametrize(
    "change",
    [{"sg_event_id": "\0"}, {"sg_message_id": "\0"}, {"message_id": "\0"}, {"event": "dropped", "reason": "\0"}],
)
async def test_an_event_with_a_nul_is_left_out_of_its_batch(
    change: dict[str, str], anonymous: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    good, other = (event_about(str(uuid4()), "delivered") for _ in range(2))
    payload = json.dumps([other | change, good | {"useragent": "\0"}]).encode()
    assert (await post_events(anonymous, payload)).status_code == 204
    assert await kept(engine) == [("sendgrid", "delivered")]


@pytest.mark.parametrize("form", [{}, {"MessageStatus": "sent"}, DELIVERED | {"ErrorCode": "\0"}])
async def test_a_signed_form_that_makes_no_sense_is_a_400(form: dict[str, str], anonymous: httpx.AsyncClient) -> None:
    assert (await call_back(anonymous, form)).status_code == 400


async def test_a_word_twilio_may_add_one_day_is_let_pass(anonymous: httpx.AsyncClient, engine: AsyncEngine) -> None:
    assert (await call_back(anonymous, DELIVERED | {"MessageStatus": "teleported"})).status_code == 204
    assert await kept(engine) == []
