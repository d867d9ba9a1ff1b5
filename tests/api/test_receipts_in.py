from __future__ import annotations

import json
import time
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.datastructures import ImmutableMultiDict
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from config.settings import Settings
from db.tables import receipts
from notifications.sendgrid.batches import elements
from notifications.sendgrid.receipts import parse_receipts
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
    [b"{", b"", b"{}", b"[1", b"[1]]", b"[[1]", b"[1][2]", b"[1}", b"null"],
)
async def test_a_signed_body_that_makes_no_sense_is_a_400(
    payload: bytes, anonymous: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    assert (await post_events(anonymous, payload)).status_code == 400
    assert await kept(engine) == []


DEEP = "[" * 5_000 + "]" * 5_000
ODD = {
    "text": '"delivered"',
    "null": "null",
    "number": "12",
    "not a number": "NaN",
    "list": '[1, {"event": 3}]',
    "deep": DEEP,
    "nested deep": f'{{"event": "delivered", "sg_event_id": "x", "asm": {DEEP}}}',
    "huge number": f'{{"event": "delivered", "sg_event_id": "x", "timestamp": {"9" * 5_000}}}',
    "no event": '{"sg_event_id": "x", "sg_message_id": "y"}',
    "event of another type": '{"event": ["delivered"], "sg_event_id": "x", "sg_message_id": "y"}',
    "no id": '{"event": "delivered", "sg_message_id": "y"}',
    "id of another type": '{"event": "delivered", "sg_event_id": {"a": 1}, "sg_message_id": "y"}',
    "lone surrogate": '{"event": "delivered", "sg_event_id": "\\ud83d", "sg_message_id": "y"}',
    "too long": f'{{"event": "delivered", "sg_event_id": "{"x" * 10_000}", "sg_message_id": "y"}}',
    "of no letter": '{"event": "delivered", "sg_event_id": "x", "sg_message_id": 3}',
}


async def odd_counted(client: httpx.AsyncClient) -> float:
    families = text_string_to_metric_families((await client.get("/metrics")).text)
    [counted] = [it.value for family in families for it in family.samples if it.name == "parcours_receipts_odd_total"]
    return float(counted)


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
async def test_an_odd_element_keeps_no_other_from_being_read(
    odd: str, anonymous: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    before, after = (json.dumps(event_about(str(uuid4()), kind)) for kind in ("delivered", "bounce"))
    payload = f"[{before}, {odd}, {after}]".encode()
    assert (await post_events(anonymous, payload)).status_code == 204
    assert await kept(engine) == [("sendgrid", "delivered"), ("sendgrid", "failed")]
    assert await odd_counted(anonymous) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"message_id": 3},
        {"message_id": None},
        {"message_id": ["m"]},
        {"timestamp": 1_796_000_000_000},
        {"timestamp": "yesterday"},
        {"timestamp": True},
    ],
    ids=str,
)
async def test_an_odd_field_takes_nothing_from_what_the_element_says(
    change: dict[str, Any], anonymous: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    events = [event_about(str(uuid4()), "delivered", "theirs") | change, event_about(str(uuid4()), "bounce")]
    assert (await post_events(anonymous, json.dumps(events).encode())).status_code == 204
    assert await kept(engine) == [("sendgrid", "delivered"), ("sendgrid", "failed")]
    assert await odd_counted(anonymous) == 1


@pytest.mark.parametrize(
    ("before", "after"),
    [(b"\xef\xbb\xbf", b""), (b" \r\n", b"\n"), (b'[{"event": "open", "useragent": "\xed\xa0\x80\xff"}, ', b"]")],
    ids=["byte order mark", "blanks", "bytes that are no text"],
)
async def test_bytes_around_the_events_do_not_matter(
    before: bytes, after: bytes, anonymous: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    events = json.dumps([event_about(str(uuid4()), "delivered")]).encode()
    payload = before + (events[1:-1] if after == b"]" else events) + after
    assert (await post_events(anonymous, payload)).status_code == 204
    assert await kept(engine) == [("sendgrid", "delivered")]
    assert await odd_counted(anonymous) == 0


def dicts(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    names = ("event", "sg_event_id", "sg_message_id", "message_id", "timestamp", "reason", "status", "type")
    return st.dictionaries(st.sampled_from(names), inner | st.sampled_from(["delivered", "dropped", "bounce"]))


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(), lambda inner: st.lists(inner) | dicts(inner)
)


@given(st.lists(json_values | dicts(json_values)), st.booleans())
def test_whatever_the_elements_are_the_good_one_is_read(events: list[Any], ascii_only: bool) -> None:
    good = event_about(str(uuid4()), "delivered")
    payload = json.dumps([*events, good], ensure_ascii=ascii_only).encode(errors="surrogatepass")
    assert parse_receipts(elements(payload))[-1].event_key == good["sg_event_id"]


async def test_parameters_that_come_twice_are_all_signed(anonymous: httpx.AsyncClient, engine: AsyncEngine) -> None:
    pairs = [*DELIVERED.items(), ("Tag", "b"), ("Tag", "a"), ("Tag", "b"), ("To", "")]
    url = f"https://parcours.example{TWILIO}"
    headers = {
        "X-Twilio-Signature": RequestValidator("0" * 32).compute_signature(url, ImmutableMultiDict(pairs)),
        "Content-Type": "application/x-www-form-urlencoded",
    }
    assert (await anonymous.post(TWILIO, content=urlencode(pairs), headers=headers)).status_code == 204
    assert await kept(engine) == [("twilio", "delivered")]
    forged = urlencode([*pairs, ("Tag", "c")])
    assert (await anonymous.post(TWILIO, content=forged, headers=headers)).status_code == 403


async def test_a_nul_in_what_is_not_read_loses_no_receipt(anonymous: httpx.AsyncClient, engine: AsyncEngine) -> None:
    assert (await call_back(anonymous, DELIVERED | {"Body": "\0"})).status_code == 204
    assert await kept(engine) == [("twilio", "delivered")]


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
