"""The providers' receipts, as badly delivered as the standard allows: twice, late, in the wrong order, some never."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import httpx

from tests.chaos.providers import StormSendGrid, StormTwilio, news_of

NEVER = 0.1
TURN = 0.5
MAILS_TOLD_AT_ONCE, TEXTS_TOLD_AT_ONCE = 50, 8


class Postman:
    """Tells what became of each letter; ``told`` holds the ids of the mails whose delivery was taken note of."""

    def __init__(self, url: str, twilio: StormTwilio, sendgrid: StormSendGrid, seed: int) -> None:
        self._client = httpx.AsyncClient(base_url=url)
        self._twilio, self._sendgrid = twilio, sendgrid
        self._chance = random.Random(seed)
        self._turn = asyncio.Semaphore(TEXTS_TOLD_AT_ONCE)
        self._mails = self._texts = 0
        self.told: set[str] = set()

    async def walk(self) -> None:
        """Bring the receipts of what was accepted since the last turn, for ever."""
        async with self._client:
            while True:
                await asyncio.sleep(TURN)
                mails, self._mails = self._sendgrid.accepted[self._mails :], len(self._sendgrid.accepted)
                texts, self._texts = self._twilio.accepted[self._texts :], len(self._twilio.accepted)
                for start in range(0, len(mails), MAILS_TOLD_AT_ONCE):
                    await self._tell_mails(mails[start : start + MAILS_TOLD_AT_ONCE])
                await asyncio.gather(*(self._tell_text(sms) for sms in texts))

    async def _tell_mails(self, mails: Sequence[dict[str, Any]]) -> None:
        known = [mail for mail in mails if self._chance.random() >= NEVER]
        events = [event for mail in known for event in news_of(mail, "processed", "delivered")]
        self._chance.shuffle(events)
        for batch in (events, events[: len(events) // 2 + 1]):
            if batch and await self._posted(batch):
                self.told |= {str(mail["message_id"]) for mail in known}

    async def _posted(self, events: Sequence[dict[str, Any]]) -> bool:
        """Again until it is taken, as SendGrid does for a day."""
        while True:
            payload, headers = self._sendgrid.signed(events)
            with suppress(httpx.TransportError):
                answer = await self._client.post("/webhooks/sendgrid/events", content=payload, headers=headers)
                if answer.status_code < 500:
                    return answer.is_success
            await asyncio.sleep(TURN)

    async def _tell_text(self, sms: dict[str, Any]) -> None:
        """Once, as Twilio does: what the API is not there to hear is lost."""
        statuses = ["sent", "delivered"]
        self._chance.shuffle(statuses)
        url = str(sms["status_callback"])
        for status in statuses:
            sms["status"] = status
            form = self._twilio.form(str(sms["sid"]), status)
            async with self._turn:
                with suppress(httpx.TransportError):
                    await self._client.post(
                        url, data=form, headers={"X-Twilio-Signature": self._twilio.sign(url, form)}
                    )
