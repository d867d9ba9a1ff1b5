"""Twilio's status callbacks, signed, in any order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from notifications.twilio.receipts import parse_receipt, verify

URL = "https://parcours.exemple.fr/webhooks/twilio/status"
FORM = {"MessageSid": "SM1", "MessageStatus": "delivered"}


def signature(url: str = URL, form: dict[str, str] = FORM, token: str = "jeton") -> str:
    return str(RequestValidator(token).compute_signature(url, form))


def test_a_right_signature_is_accepted() -> None:
    assert verify("jeton", URL, FORM, signature())


@pytest.mark.parametrize(
    "given_signature",
    [None, "", "faux", "é", signature(token="autre"), signature(url=URL + "/"), signature(form={**FORM, "To": "+33"})],
)
def test_a_wrong_or_missing_signature_is_refused(given_signature: str | None) -> None:
    assert not verify("jeton", URL, FORM, given_signature)


@given(st.text(), st.text(), st.dictionaries(st.text(), st.text()), st.none() | st.text())
def test_checking_a_signature_never_raises(token: str, url: str, form: dict[str, str], given_: str | None) -> None:
    assert not verify(token, url, form, given_)


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("accepted", "sent"),
        ("queued", "sent"),
        ("sending", "sent"),
        ("sent", "sent"),
        ("delivered", "delivered"),
        ("read", "delivered"),
        ("undelivered", "failed"),
        ("failed", "failed"),
        ("canceled", "failed"),
    ],
)
def test_each_status_is_understood(word: str, status: str) -> None:
    receipt = parse_receipt({"MessageSid": "SM1", "MessageStatus": word})
    assert receipt is not None
    assert (receipt.provider, receipt.provider_id, receipt.status) == ("twilio", "SM1", status)


@pytest.mark.parametrize(
    ("code", "contact_bad", "opted_out", "retryable"),
    [
        ("30003", False, False, True),
        ("30004", False, False, False),
        ("30005", True, False, False),
        ("30006", True, False, False),
        ("30007", False, False, False),
        ("30008", False, False, True),
        ("21610", False, True, False),
        ("30036", False, False, False),
    ],
)
def test_a_failure_says_what_to_do_next(code: str, contact_bad: bool, opted_out: bool, retryable: bool) -> None:
    receipt = parse_receipt({"MessageSid": "SM1", "MessageStatus": "undelivered", "ErrorCode": code})
    assert receipt is not None
    assert (receipt.status, receipt.code) == ("failed", code)
    assert (receipt.contact_bad, receipt.opted_out, receipt.retryable) == (contact_bad, opted_out, retryable)


def test_a_callback_received_twice_is_the_same_receipt() -> None:
    first, second = parse_receipt(FORM), parse_receipt({**FORM, "ApiVersion": "2010-04-01"})
    assert first == second


def test_two_statuses_of_a_message_are_two_receipts() -> None:
    sent, delivered = parse_receipt({**FORM, "MessageStatus": "sent"}), parse_receipt(FORM)
    assert sent is not None
    assert delivered is not None
    assert sent.event_key != delivered.event_key


@pytest.mark.parametrize("form", [{}, {"MessageSid": "SM1"}, {"MessageSid": "SM1", "MessageStatus": "received"}])
def test_what_is_not_a_status_is_left_out(form: dict[str, str]) -> None:
    assert parse_receipt(form) is None
