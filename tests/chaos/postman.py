"""The providers' receipts, as badly delivered as the standard allows: twice, late, in the wrong order, some never."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress

import httpx

from tests.fakes.sendgrid import FakeSendGrid
from tests.fakes.twilio import FakeTwilio

NEVER = 0.1
TURN = 0.5


class Postman:
    """Tells what became of each letter; ``told`` holds the ids of the mails whose delivery was taken note of."""

    def __init__(self, url: str, twilio: FakeTwilio, sendgrid: FakeSendGrid, seed: int) -> None:
        self._url, self._twilio, self._sendgrid = url, twilio, sendgrid
        self._chance = random.Random(seed)
        self._mails = self._texts = 0
        self.told: set[str] = set()

    async def walk(self) -> None:
        """Bring the receipts of what was accepted since the last turn, for ever."""
        while True:
            await asyncio.sleep(TURN)
            mails, self._mails = self._sendgrid.accepted[self._mails :], len(self._sendgrid.accepted)
            texts, self._texts = self._twilio.accepted[self._texts :], len(self._twilio.accepted)
            for mail in mails:
                await self._mail(str(mail["message_id"]))
            for sms in texts:
                await self._sms(str(sms["sid"]))

    async def _mail(self, message: str) -> None:
        if self._chance.random() < NEVER:
            return
        events = [self._sendgrid.event(message, it) for it in ("processed", "delivered")]
        self._chance.shuffle(events)
        for batch in (events, events[:1]):
            if await self._posted(batch):
                self.told.add(message)

    async def _posted(self, events: list[dict[str, object]]) -> bool:
        """Again until it is taken, as SendGrid does for a day."""
        while True:
            with suppress(httpx.TransportError):
                answer = await self._sendgrid.events(f"{self._url}/webhooks/sendgrid/events", *events)
                if answer.status_code < 500:
                    return answer.is_success
            await asyncio.sleep(TURN)

    async def _sms(self, sid: str) -> None:
        """Once, as Twilio does: what the API is not there to hear is lost."""
        statuses = ["sent", "delivered"]
        self._chance.shuffle(statuses)
        for status in statuses:
            with suppress(httpx.TransportError):
                await self._twilio.callback(sid, status)
