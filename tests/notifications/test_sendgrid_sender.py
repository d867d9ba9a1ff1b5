"""The mail sender, through SendGrid's real SDK, against a fake that refuses what SendGrid refuses."""

import logging
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import getaddresses

import pytest

from notifications.ports import AccountRefused, Attachment, Letter, OutcomeUnknown, Refused, TryLater
from notifications.sendgrid.sender import SendGridSender
from tests.fakes.openapi import AVAILABLE
from tests.fakes.sendgrid import FakeSendGrid
from tests.fakes.server import Answer, Drop, Garbage, Hang

LETTER = Letter(
    "m-1",
    "mail",
    "zoe@boulangerie.exemple.fr",
    "Zoé Lœuf",
    "Rappel : échéance du 16 novembre",
    "Bonjour, à régler.",
    "<p>Bonjour, à régler.</p>",
    timedelta(hours=3),
    "https://parcours.exemple.fr/l/jeton",
)
SHORT = timedelta(seconds=0.3)


@pytest.fixture(scope="module")
async def running() -> AsyncIterator[FakeSendGrid]:
    async with FakeSendGrid() as fake:
        yield fake


@pytest.fixture
def sendgrid(running: FakeSendGrid) -> FakeSendGrid:
    running.accepted.clear()
    return running


def sender(
    fake: FakeSendGrid, timeout: timedelta = timedelta(seconds=10), base_url: str | None = None
) -> SendGridSender:
    return SendGridSender(fake.api_key, "parcours@exemple.fr", base_url=base_url or fake.base_url, timeout=timeout)


async def test_a_mail_is_accepted_in_text_and_html(sendgrid: FakeSendGrid) -> None:
    sent = await sender(sendgrid).send(LETTER)
    [mail] = sendgrid.accepted
    assert (sent.provider_id, sent.status) == (mail["provider_id"], "sent")
    assert mail["personalizations"] == [{"to": [{"email": LETTER.to, "name": LETTER.to_name}]}]
    assert [part["type"] for part in mail["content"]] == ["text/plain", "text/html"]


@pytest.mark.parametrize(
    "name",
    [
        "MARTIN, Léa",
        "Duval, Expertise & Conseil",
        "Martin; Fils",
        'Bar "Le Quai"',
        "Chez <Lou>",
        "<lou@ailleurs.fr>, x@y.fr",
        "Léa (gérante)",
        "Léa @ Lou: SARL [36] \\",
        "SARL\r\nBcc: x@y.fr",
        "Zoé\u2028Lœuf",
        "L’Œuf\u00a0d’Or",
        "M. Dupont-Aîné",
        "",
        "   ",
        '"',
        ",",
    ],
)
@pytest.mark.parametrize("whose", ["to", "from"])
async def test_no_name_breaks_an_address(sendgrid: FakeSendGrid, name: str, whose: str) -> None:
    """SendGrid writes the header from what it is given: read as RFC 5322 says, it is one address with its name."""
    post = SendGridSender(
        sendgrid.api_key, "parcours@exemple.fr", name if whose == "from" else "Urssaf", sendgrid.base_url
    )
    await post.send(replace(LETTER, to_name=name if whose == "to" else "Zoé"))
    [mail] = sendgrid.accepted
    given = mail["from"] if whose == "from" else mail["personalizations"][0]["to"][0]
    header = f"{given['name']} <{given['email']}>" if "name" in given else given["email"]
    assert not set(header) & set("\r\n\u2028")
    assert getaddresses([header]) == [(" ".join(name.split()), given["email"])]


async def test_a_mail_with_an_unsubscribe_link_offers_it_in_one_click(sendgrid: FakeSendGrid) -> None:
    await sender(sendgrid).send(LETTER)
    [mail] = sendgrid.accepted
    assert mail["headers"] == {
        "List-Unsubscribe": "<https://parcours.exemple.fr/l/jeton>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


async def test_one_click_is_not_offered_over_plain_http(sendgrid: FakeSendGrid) -> None:
    await sender(sendgrid).send(replace(LETTER, unsubscribe_url="http://127.0.0.1:8000/l/jeton"))
    [mail] = sendgrid.accepted
    assert mail["headers"] == {"List-Unsubscribe": "<http://127.0.0.1:8000/l/jeton>"}


async def test_a_mail_carries_an_opaque_id_and_tracks_nobody(sendgrid: FakeSendGrid) -> None:
    await sender(sendgrid).send(replace(LETTER, unsubscribe_url=None))
    [mail] = sendgrid.accepted
    assert mail["custom_args"] == {"message_id": "m-1"}
    assert "headers" not in mail
    assert not any(setting["enable"] for setting in mail["tracking_settings"].values())


async def test_a_mail_may_carry_a_file(sendgrid: FakeSendGrid) -> None:
    await sender(sendgrid).send(replace(LETTER, attachment=Attachment("rendez-vous.ics", "text/calendar", b"BEGIN")))
    [mail] = sendgrid.accepted
    assert mail["attachments"] == [
        {"content": "QkVHSU4=", "type": "text/calendar", "filename": "rendez-vous.ics", "disposition": "attachment"}
    ]


@pytest.mark.skipif(not AVAILABLE, reason="SendGrid's description of its API is not beside the project")
async def test_the_fake_refuses_what_sendgrid_s_description_refuses(sendgrid: FakeSendGrid) -> None:
    with pytest.raises(Refused):
        await sender(sendgrid).send(replace(LETTER, subject=""))
    assert sendgrid.accepted == []


@pytest.mark.parametrize(
    ("answer", "contact_bad"),
    [
        (Answer(400, field="personalizations.0.to.0.email"), True),
        (Answer(400, field="content"), False),
        (Answer(413), False),
    ],
)
async def test_a_refusal_says_whether_the_address_is_bad(
    sendgrid: FakeSendGrid, answer: Answer, contact_bad: bool
) -> None:
    sendgrid.script(answer)
    with pytest.raises(Refused) as refusal:
        await sender(sendgrid).send(LETTER)
    assert (refusal.value.code, refusal.value.contact_bad) == (str(answer.status), contact_bad)


@pytest.mark.parametrize(
    "answer",
    [Answer(401), Answer(402), Answer(403, field="from"), Answer(404), Answer(400, field="from.email")],
    ids=lambda answer: f"{answer.status} {answer.field}",
)
async def test_what_our_account_is_refused_is_not_the_letter_s_fault(sendgrid: FakeSendGrid, answer: Answer) -> None:
    sendgrid.script(answer)
    with pytest.raises(AccountRefused, match=str(answer.status)):
        await sender(sendgrid).send(LETTER)
    assert sendgrid.accepted == []


@pytest.mark.parametrize("status", [401, 429, 500, 503])
async def test_what_sendgrid_cannot_do_now_is_tried_later(sendgrid: FakeSendGrid, status: int) -> None:
    sendgrid.script(Answer(status))
    with pytest.raises(TryLater) as later:
        await sender(sendgrid).send(LETTER)
    assert (later.value.code, later.value.retry_after) == (str(status), None)


async def test_too_many_requests_wait_until_the_quota_opens(sendgrid: FakeSendGrid) -> None:
    sendgrid.script(Answer(429, retry_after=3600))
    with pytest.raises(TryLater) as later:
        await sender(sendgrid).send(LETTER)
    assert later.value.retry_after is not None
    assert timedelta(minutes=50) < later.value.retry_after <= timedelta(hours=1)


async def test_a_refused_connection_is_tried_later(sendgrid: FakeSendGrid) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with pytest.raises(TryLater):
        await sender(sendgrid, base_url=f"http://127.0.0.1:{port}").send(LETTER)


@pytest.mark.parametrize("behaviour", [Hang(), Hang(accept=True), Drop(), Drop(accept=False), Garbage(502)])
async def test_no_usable_answer_leaves_the_outcome_unknown(
    sendgrid: FakeSendGrid, behaviour: Hang | Drop | Garbage
) -> None:
    sendgrid.script(behaviour)
    with pytest.raises(OutcomeUnknown):
        await sender(sendgrid, SHORT).send(LETTER)


async def test_sendgrid_cannot_be_asked(sendgrid: FakeSendGrid) -> None:
    assert not sender(sendgrid).can_find
    with pytest.raises(OutcomeUnknown):
        await sender(sendgrid).find(LETTER, datetime.now(UTC))


async def test_nothing_personal_is_logged(sendgrid: FakeSendGrid, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        await sender(sendgrid).send(LETTER)
    assert LETTER.to not in caplog.text
    assert LETTER.to not in repr(LETTER)
