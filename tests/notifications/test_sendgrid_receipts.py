"""SendGrid's events, signed, in any order."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.ports import Receipt
from notifications.sendgrid.receipts import parse_receipts, verify
from tests.fakes.sendgrid import SIGNATURE, TIMESTAMP, WebhookKey, event_about

KEY = WebhookKey()
NOW = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
PAYLOAD = json.dumps([{"event": "delivered", "reason": "reçu"}], ensure_ascii=False).encode()


def signed(timestamp: str) -> tuple[str, str]:
    headers = KEY.signed(PAYLOAD, timestamp)
    return headers[SIGNATURE], headers[TIMESTAMP]


def at(moment: datetime) -> str:
    return str(int(moment.timestamp()))


def test_a_right_signature_is_accepted() -> None:
    assert verify(KEY.public, PAYLOAD, *signed(at(NOW)), now=NOW)


def test_a_changed_payload_is_refused() -> None:
    assert not verify(KEY.public, PAYLOAD + b" ", *signed(at(NOW)), now=NOW)


def test_another_key_is_refused() -> None:
    assert not verify(WebhookKey().public, PAYLOAD, *signed(at(NOW)), now=NOW)


@pytest.mark.parametrize(
    "timestamp", [at(NOW - timedelta(hours=26)), at(NOW + timedelta(minutes=6)), "0", "9" * 40, "-1", "²"]
)
def test_an_absurd_time_is_refused_though_well_signed(timestamp: str) -> None:
    assert not verify(KEY.public, PAYLOAD, *signed(timestamp), now=NOW)


def test_a_batch_retried_after_hours_is_accepted() -> None:
    assert verify(KEY.public, PAYLOAD, *signed(at(NOW - timedelta(hours=23))), now=NOW)


@pytest.mark.parametrize(("signature", "timestamp"), [(None, None), ("", ""), ("%%%", at(NOW)), ("AAAA", at(NOW))])
def test_a_wrong_or_missing_signature_is_refused(signature: str | None, timestamp: str | None) -> None:
    assert not verify(KEY.public, PAYLOAD, signature, timestamp, now=NOW)


@given(st.text(), st.binary(), st.none() | st.text(), st.none() | st.text() | st.just(at(NOW)))
def test_checking_a_signature_never_raises(
    key: str, payload: bytes, signature: str | None, timestamp: str | None
) -> None:
    assert not verify(key, payload, signature, timestamp, now=NOW)


def receipt(event: str, **fields: Any) -> Receipt:
    [only] = parse_receipts([event_about("m-1", event, **fields)])
    return only


@pytest.mark.parametrize(
    ("event", "fields", "status", "contact_bad", "opted_out", "retryable"),
    [
        ("processed", {}, "sent", False, False, False),
        ("deferred", {"response": "450 try later"}, "sent", False, False, False),
        ("delivered", {}, "delivered", False, False, False),
        ("bounce", {"type": "bounce", "status": "5.1.1"}, "failed", True, False, False),
        ("bounce", {"type": "blocked", "status": "4.7.1"}, "failed", False, False, True),
        ("dropped", {"reason": "Bounced Address"}, "failed", True, False, False),
        ("dropped", {"reason": "Invalid"}, "failed", True, False, False),
        ("dropped", {"reason": "Unsubscribed Address"}, "failed", False, True, False),
        ("dropped", {"reason": "Spam Reporting Address"}, "failed", False, True, False),
        ("dropped", {"reason": "Spam Content"}, "failed", False, False, False),
        ("spamreport", {}, "delivered", False, True, False),
        ("unsubscribe", {}, "delivered", False, True, False),
        ("group_unsubscribe", {}, "delivered", False, True, False),
    ],
)
def test_each_event_says_what_became_of_the_letter(
    event: str, fields: dict[str, str], status: str, contact_bad: bool, opted_out: bool, retryable: bool
) -> None:
    found = receipt(event, **fields)
    assert found.status == status
    assert (found.contact_bad, found.opted_out, found.retryable) == (contact_bad, opted_out, retryable)


def test_a_receipt_bears_our_id_the_provider_s_and_the_time() -> None:
    found = receipt("delivered", sg_message_id="abc-1.recvd-2", timestamp=int(NOW.timestamp()), sg_event_id="e-1")
    assert (found.message_id, found.provider_id, found.event_key, found.at) == ("m-1", "abc-1", "e-1", NOW)


def test_a_bounce_s_code_does_not_quote_the_address() -> None:
    found = receipt("bounce", type="bounce", status="5.1.1", reason="550 <zoe@exemple.fr> unknown")
    assert found.code == "5.1.1"


@pytest.mark.parametrize("event", ["open", "click", "nouveauté"])
def test_what_is_not_about_delivery_is_left_out(event: str) -> None:
    assert parse_receipts([event_about("m-1", event)]) == []


def test_an_event_without_an_id_is_left_out() -> None:
    assert parse_receipts([{"event": "delivered"}, {}]) == []
