"""The fakes' webhooks are signed as the providers sign theirs."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from notifications.ports import Letter
from notifications.sendgrid.receipts import parse_receipts
from notifications.sendgrid.receipts import verify as verify_sendgrid
from notifications.sendgrid.sender import SendGridSender
from notifications.twilio.receipts import parse_receipt
from notifications.twilio.receipts import verify as verify_twilio
from notifications.twilio.sender import TwilioSender
from tests.fakes.sendgrid import SIGNATURE, TIMESTAMP, FakeSendGrid
from tests.fakes.server import FakeProvider
from tests.fakes.twilio import FakeTwilio


class Inbox(FakeProvider):
    """Keeps what is posted to it."""

    def routes(self) -> list[Route]:
        return [Route("/", self._keep, methods=["POST"])]

    async def _keep(self, request: Request) -> Response:
        body = await request.body()
        form = {key: str(value) for key, value in (await request.form()).items()}
        self.accepted.append({"headers": request.headers, "body": body, "form": form})
        return Response(status_code=204)


@pytest.fixture
async def inbox() -> AsyncIterator[Inbox]:
    async with Inbox() as running:
        yield running


async def test_twilio_s_callback_is_signed_and_read(inbox: Inbox) -> None:
    letter, url = (
        Letter("m-1", "sms", "+33612345678", "Zoé", "", "Bonjour", "", timedelta(hours=1)),
        f"{inbox.base_url}/",
    )
    async with FakeTwilio() as twilio:
        sent = await TwilioSender(twilio.account_sid, twilio.auth_token, "URSSAF", url, twilio.base_url).send(letter)
        await twilio.callback(sent.provider_id, "undelivered", 30005)
    [posted] = inbox.accepted
    receipt = parse_receipt(posted["form"])
    assert verify_twilio(twilio.auth_token, url, posted["form"], posted["headers"]["X-Twilio-Signature"])
    assert receipt is not None
    assert (receipt.provider_id, receipt.contact_bad) == (sent.provider_id, True)


async def test_sendgrid_s_events_are_signed_and_read(inbox: Inbox) -> None:
    letter = Letter("m-2", "mail", "zoe@exemple.fr", "Zoé", "Objet", "Bonjour", "<p>Bonjour</p>", timedelta(hours=1))
    async with FakeSendGrid() as sendgrid:
        sent = await SendGridSender(sendgrid.api_key, "parcours@exemple.fr", base_url=sendgrid.base_url).send(letter)
        await sendgrid.events(f"{inbox.base_url}/", sendgrid.event("m-2", "delivered"))
    [posted] = inbox.accepted
    headers, body = posted["headers"], posted["body"]
    [receipt] = parse_receipts(json.loads(body))
    assert verify_sendgrid(sendgrid.public_key, body, headers[SIGNATURE], headers[TIMESTAMP])
    assert (receipt.provider_id, receipt.message_id) == (sent.provider_id, "m-2")
