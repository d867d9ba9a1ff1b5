"""A town whose worker can be stopped in part or whole, over providers that do as scripted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from multiprocessing.synchronize import Event
from typing import Any

from pydantic import SecretStr
from sqlalchemy import select, text
from temporalio.client import Client
from temporalio.service import RPCError

from config.settings import Settings
from db import events, journeys
from db.engine import make_engine
from db.events import NewEvent
from db.journeys import Stored
from db.tables import messages
from domain.calendar import add_months
from domain.requests import Ask, Reply, Request
from tests.fakes.sendgrid import FakeSendGrid
from tests.fakes.twilio import FakeTwilio
from tests.faults.parts import Parts
from tests.faults.site import Site
from tests.journeys.town import SIREN, Clock, Town
from workflows.client import NoAnswer, ask

FORKS = get_context("forkserver")
FORKS.set_forkserver_preload(["tests.faults.doomed"])


class Plant(Town):
    """A town, the parts of its worker, and the providers' side of what left."""

    def __init__(self, site: Site, temporal: Client, clock: Clock, twilio: FakeTwilio, sendgrid: FakeSendGrid) -> None:
        settings = Settings(database_url=SecretStr(site.database_url), secret_key=SecretStr("k" * 32))
        super().__init__(make_engine(site.database_url, pool_size=5), temporal, settings, clock)
        self.site, self.twilio, self.sendgrid = site, twilio, sendgrid
        self.parts = Parts(self.engine, temporal, site.posts())

    async def store(self, type_: str, siren: str = SIREN, *, id_: str | None = None, **data: Any) -> None:
        """An event as the API stores it, whether anybody is there to apply it or not."""
        self._count += 1
        event = NewEvent("test", id_ or f"s{self._count}", type_, siren, "urssaf-idf", datetime.now(UTC), data)
        async with self.engine.begin() as connection:
            await events.store(connection, [event])

    async def enrol_near_the_end(self, siren: str = SIREN) -> None:
        """A journey whose notice is open: it may be extended, which is confirmed at once by SMS and mail."""
        opened = notice_is_open_since(datetime.now(UTC).date())
        await self.open(siren, opened_on=opened.isoformat())

    async def live_at(self, moment: datetime) -> None:
        """Journeys opened from now on live then, whatever the hour of the machine."""
        ahead = (moment - datetime.now(UTC)).total_seconds()
        async with self.engine.begin() as connection:
            await connection.execute(text(f"ALTER TABLE journeys ALTER COLUMN ahead_seconds SET DEFAULT {ahead}"))

    async def extend(self, siren: str = SIREN) -> Reply:
        """Ask as a patient client does: the same request again while no answer comes."""
        while True:
            with suppress(NoAnswer):
                return await ask(self.temporal, siren, Request("extend", Ask.EXTEND))
            await asyncio.sleep(0.1)

    async def stored(self, siren: str = SIREN) -> Stored:
        """The journey with what the engine of steps keeps beside it."""
        async with self.engine.connect() as connection:
            found = await journeys.read(connection, siren)
        assert found is not None
        return found

    async def rows(self, template: str, siren: str = SIREN) -> dict[str, Any]:
        """Rows of the ledger to the enterprise about one template, by channel."""
        query = select(messages).where(messages.c.siren == siren, messages.c.template == template)
        async with self.engine.connect() as connection:
            found = (await connection.execute(query.where(messages.c.recipient == "enterprise"))).all()
        return {row.channel: row for row in found}

    async def statuses(self, template: str, siren: str = SIREN) -> dict[str, str]:
        return {channel: row.status for channel, row in (await self.rows(template, siren)).items()}

    async def came(self, template: str, **statuses: str) -> None:
        """Wait until the ledger says so."""

        async def as_said() -> bool:
            return await self.statuses(template) == statuses

        try:
            await eventually(as_said)
        except TimeoutError:
            raise AssertionError(f"{await self.statuses(template)} instead of {statuses}") from None

    async def left(self, template: str) -> tuple[int, int]:
        """How many SMS and mails with the text of this letter the providers took."""
        rows = await self.rows(template)
        mails = [mail["content"][0]["value"].strip() for mail in self.sendgrid.accepted]
        texts = [sms["body"].strip() for sms in self.twilio.accepted]
        return texts.count(rows["sms"].text.strip()), mails.count(rows["mail"].text.strip())

    def doom(self, point: str) -> tuple[ForkServerProcess, Event]:
        """A worker process that ends at that point once its event is set."""
        from tests.faults import doomed

        armed = FORKS.Event()
        process = FORKS.Process(target=doomed.main, args=(point, self.site, armed), daemon=True)
        process.start()
        return process, armed


def notice_is_open_since(today: date) -> date:
    """An opening whose 17th month has just passed."""
    return add_months(today, -17) - timedelta(days=5)


async def eventually(holds: Callable[[], Awaitable[bool]], seconds: float = 30) -> None:
    """Wait until it holds."""
    async with asyncio.timeout(seconds):
        while not await holds():  # noqa: ASYNC110 - what is waited for happens in another process
            await asyncio.sleep(0.03)


@asynccontextmanager
async def plant(
    site: Site, temporal: Client, clock: Clock, twilio: FakeTwilio, sendgrid: FakeSendGrid
) -> AsyncIterator[Plant]:
    """A plant with nothing running yet; what was started stops with it."""
    built = Plant(site, temporal, clock, twilio, sendgrid)
    try:
        yield built
    finally:
        await built.parts.stop()
        with suppress(RPCError):
            await built.handle().terminate()
        await built.engine.dispose()
