"""The SMS sender, through Twilio's real SDK, against a fake that refuses what Twilio refuses."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from notifications.ports import AccountRefused, Letter, OutcomeUnknown, Refused, TryLater
from notifications.twilio.sender import TwilioSender
from tests.fakes.openapi import AVAILABLE
from tests.fakes.server import Answer, Drop, Garbage, Hang
from tests.fakes.twilio import FakeTwilio

LETTER = Letter(
    "m-1", "sms", "+33612345678", "Zoé Lœuf", "", "Rappel : à régler le 16/11/2026.", "", timedelta(hours=3)
)
CALLBACK = "https://parcours.exemple.fr/webhooks/twilio/status"
SHORT = timedelta(seconds=0.3)


@pytest.fixture(scope="module")
async def running() -> AsyncIterator[FakeTwilio]:
    async with FakeTwilio() as fake:
        yield fake


@pytest.fixture
def twilio(running: FakeTwilio) -> FakeTwilio:
    running.accepted.clear()
    return running


def sender(twilio: FakeTwilio, timeout: timedelta = timedelta(seconds=10), base_url: str | None = None) -> TwilioSender:
    return TwilioSender(twilio.account_sid, twilio.auth_token, "URSSAF", CALLBACK, base_url or twilio.base_url, timeout)


def an_hour_ago() -> datetime:
    return datetime.now(UTC) - timedelta(hours=1)


async def test_an_sms_is_accepted_with_its_text_validity_and_callback(twilio: FakeTwilio) -> None:
    sent = await sender(twilio).send(LETTER)
    [accepted] = twilio.accepted
    assert (sent.provider_id, sent.status) == (accepted["sid"], "sent")
    assert (accepted["to"], accepted["from"], accepted["body"]) == (LETTER.to, "URSSAF", LETTER.text)
    assert (accepted["validity_period"], accepted["status_callback"]) == (3 * 3600, CALLBACK)


@pytest.mark.parametrize(("hours", "seconds"), [(72, 36_000), (0, 1), (-1, 1)])
async def test_the_validity_stays_within_what_twilio_takes(twilio: FakeTwilio, hours: int, seconds: int) -> None:
    await sender(twilio).send(replace(LETTER, valid_for=timedelta(hours=hours)))
    assert twilio.accepted[0]["validity_period"] == seconds


@pytest.mark.skipif(not AVAILABLE, reason="Twilio's description of its API is not beside the project")
async def test_the_fake_refuses_what_twilio_s_description_refuses() -> None:
    async with FakeTwilio(account_sid="not-an-account") as twilio:
        with pytest.raises(Refused, match="21100"):
            await sender(twilio).send(LETTER)
        assert twilio.accepted == []


@pytest.mark.parametrize(
    ("code", "contact_bad", "opted_out"),
    [
        (21211, True, False),
        (21614, True, False),
        (21635, True, False),
        (21610, False, True),
        (99999, False, False),
    ],
)
async def test_a_refusal_says_whether_the_contact_is_bad_or_opted_out(
    twilio: FakeTwilio, code: int, contact_bad: bool, opted_out: bool
) -> None:
    twilio.script(Answer(400, code))
    with pytest.raises(Refused) as refusal:
        await sender(twilio).send(LETTER)
    assert (refusal.value.code, refusal.value.contact_bad, refusal.value.opted_out) == (
        str(code),
        contact_bad,
        opted_out,
    )


@pytest.mark.parametrize(
    "answer",
    [
        *(Answer(400, code) for code in (21408, 21612, 21606, 20005, 30034, 21266, 21212, 21659)),
        *(
            Answer(status, code)
            for status, code in ((401, 20003), (403, 20005), (403, 99999), (402, 99998), (404, 20404))
        ),
    ],
    ids=lambda answer: f"{answer.status} {answer.code}",
)
async def test_what_our_account_is_refused_is_not_the_letter_s_fault(twilio: FakeTwilio, answer: Answer) -> None:
    twilio.script(answer)
    with pytest.raises(AccountRefused, match=str(answer.code)):
        await sender(twilio).send(LETTER)
    assert twilio.accepted == []


@pytest.mark.parametrize("code", [21211, 21610])
async def test_a_forbidden_recipient_is_the_letter_s_whatever_the_status(twilio: FakeTwilio, code: int) -> None:
    twilio.script(Answer(403, code))
    with pytest.raises(Refused, match=str(code)):
        await sender(twilio).send(LETTER)


async def test_a_refusal_does_not_repeat_the_recipient_s_number(twilio: FakeTwilio) -> None:
    with pytest.raises(Refused) as refusal:
        await sender(twilio).send(replace(LETTER, to="garbage-0612345678"))
    assert refusal.value.contact_bad
    assert "0612345678" not in str(refusal.value)
    assert refusal.value.__cause__ is None
    assert refusal.value.__suppress_context__


async def test_too_many_requests_are_tried_later_when_twilio_says(twilio: FakeTwilio) -> None:
    twilio.script(Answer(429, 20429, retry_after=7))
    with pytest.raises(TryLater) as later:
        await sender(twilio).send(LETTER)
    assert (later.value.code, later.value.retry_after) == ("20429", timedelta(seconds=7))


@pytest.mark.parametrize(
    "answer", [Answer(500), Answer(503, 20500), Answer(400, 20429), Answer(400, 21611), Answer(401, 20003)]
)
async def test_what_twilio_cannot_do_now_is_tried_later(twilio: FakeTwilio, answer: Answer) -> None:
    twilio.script(answer)
    with pytest.raises(TryLater) as later:
        await sender(twilio).send(LETTER)
    assert later.value.retry_after is None
    assert twilio.accepted == []


async def test_a_wrong_token_is_tried_later(twilio: FakeTwilio) -> None:
    wrong = TwilioSender(twilio.account_sid, "périmé", "URSSAF", CALLBACK, twilio.base_url)
    with pytest.raises(TryLater):
        await wrong.send(LETTER)


async def test_a_refused_connection_is_tried_later(twilio: FakeTwilio) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with pytest.raises(TryLater):
        await sender(twilio, base_url=f"http://127.0.0.1:{port}").send(LETTER)


async def test_an_unknown_host_is_tried_later(twilio: FakeTwilio) -> None:
    with pytest.raises(TryLater):
        await sender(twilio, base_url="http://nulle-part.invalid").send(LETTER)


@pytest.mark.parametrize("behaviour", [Hang(), Hang(accept=True), Drop(), Drop(accept=False), Garbage(), Answer(504)])
async def test_no_usable_answer_leaves_the_outcome_unknown(
    twilio: FakeTwilio, behaviour: Hang | Drop | Garbage | Answer
) -> None:
    twilio.script(behaviour)
    with pytest.raises(OutcomeUnknown):
        await sender(twilio, SHORT).send(LETTER)


async def test_a_letter_accepted_without_an_answer_is_found(twilio: FakeTwilio) -> None:
    twilio.script(Drop(accept=True))
    with pytest.raises(OutcomeUnknown):
        await sender(twilio).send(LETTER)
    found = await sender(twilio).find(LETTER, an_hour_ago())
    assert found is not None
    assert found.provider_id == twilio.accepted[0]["sid"]


async def test_a_letter_that_never_arrived_is_not_found(twilio: FakeTwilio) -> None:
    await sender(twilio).send(replace(LETTER, text="Un autre texte"))
    await sender(twilio).send(replace(LETTER, to="+33712345678"))
    assert await sender(twilio).find(LETTER, an_hour_ago()) is None


async def test_the_same_words_sent_long_before_are_another_letter(twilio: FakeTwilio) -> None:
    await sender(twilio).send(LETTER)
    twilio.accepted[0]["date_created"] -= timedelta(days=30)
    assert await sender(twilio).find(LETTER, an_hour_ago()) is None


@pytest.mark.parametrize(
    ("status", "expected"), [("queued", "sent"), ("delivered", "delivered"), ("undelivered", "failed")]
)
async def test_a_found_letter_has_the_status_twilio_gives(twilio: FakeTwilio, status: str, expected: str) -> None:
    await sender(twilio).send(LETTER)
    twilio.accepted[0]["status"] = status
    found = await sender(twilio).find(LETTER, an_hour_ago())
    assert found is not None
    assert found.status == expected


async def test_asking_a_provider_that_is_down_leaves_the_outcome_unknown(twilio: FakeTwilio) -> None:
    with pytest.raises(OutcomeUnknown):
        await sender(twilio, base_url="http://nulle-part.invalid").find(LETTER, an_hour_ago())


async def test_letters_sent_at_the_same_time_get_their_own_ids(twilio: FakeTwilio) -> None:
    one = sender(twilio)
    letters = [replace(LETTER, text=f"Lettre {number}") for number in range(40)]
    sent = await asyncio.gather(*(one.send(letter) for letter in letters))
    bodies = {accepted["sid"]: accepted["body"] for accepted in twilio.accepted}
    assert [bodies[answer.provider_id] for answer in sent] == [letter.text for letter in letters]


async def test_nothing_personal_is_logged(twilio: FakeTwilio, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        await sender(twilio).send(LETTER)
        await sender(twilio).find(LETTER, an_hour_ago())
    assert "33612345678" not in caplog.text
    assert LETTER.text not in caplog.text
    assert "33612345678" not in repr(LETTER)
