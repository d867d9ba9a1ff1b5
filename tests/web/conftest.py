"""An enterprise met two months after its account opened, the links of its messages, and the pages."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import Row, Table, func, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from config.settings import Settings
from db import enterprises, journeys, tables
from db.engine import make_engine
from domain.calendar import add_months
from domain.messages import Recipient
from domain.state import Health, Journey, Phase
from notifications.links import Holder, Links
from web import asking
from web.app import create_pages

if TYPE_CHECKING:
    from tests.web.cases import Steps

SIREN = "732829320"
KEY = "a key for tests"
URL = "http://pages.example"
NOW = datetime.now(UTC)
TODAY = NOW.astimezone(ZoneInfo("Europe/Paris")).date()
JOURNEY = Journey(
    siren=SIREN,
    organisation="urssaf-idf",
    account="117000001",
    opened_on=add_months(TODAY, -2),
    announced_at=NOW - timedelta(days=60),
    headcount=2,
    headcount_at_opening=2,
    mail=Health.OK,
    sms=Health.OK,
    phase=Phase.ACTIVE,
    started_at=NOW - timedelta(days=60),
    referent="alice.martin",
    last_step_at=NOW - timedelta(days=1),
)
FIRST_CONTACT = Holder(Recipient.ENTERPRISE)
CONTACT = {
    "name": "Boulangerie Épi d'Or",
    "contact_name": "Nadia Fournil",
    "email": "nadia@example.org",
    "phone": "+33639980001",
}
AGENT = {
    "organisation": "urssaf-idf",
    "agent": "alice.martin",
    "name": "Alice Martin",
    "email": "alice@example.org",
    "phone": "+33199000001",
    "trained": True,
}


@dataclass(frozen=True)
class Pages:
    """A browser without JavaScript, and what lies behind the pages."""

    browser: httpx.AsyncClient
    engine: AsyncEngine

    def link(
        self,
        action: str,
        subject: str = "",
        valid_for: timedelta = timedelta(days=30),
        holder: Holder | None = FIRST_CONTACT,
    ) -> str:
        return Links(KEY, "").url(action, SIREN, datetime.now(UTC) + valid_for, subject, holder=holder)

    async def become(self, **changes: Any) -> None:
        """The journey has come to another state."""
        await self.save(replace(JOURNEY, **changes))

    async def save(self, journey: Journey, **columns: Any) -> None:
        async with self.engine.begin() as connection:
            stored = await journeys.lock(connection, SIREN)
            assert stored
            await journeys.save(connection, stored, journey, **columns)

    async def rows(self, table: Table) -> list[Row[Any]]:
        async with self.engine.connect() as connection:
            return list((await connection.execute(select(table))).all())

    async def content(self) -> dict[str, list[Row[Any]]]:
        """Every row of every table, the trail apart: what is tried in vain stands there."""
        kept = [table for table in tables.metadata.sorted_tables if table.name != "accesses"]
        return {table.name: await self.rows(table) for table in kept}

    async def message(self, **columns: Any) -> None:
        """One message in the ledger."""
        row = {
            "id": uuid4(),
            "siren": SIREN,
            "organisation": "urssaf-idf",
            "rule": "REM-2",
            "subject": str(uuid4()),
            "channel": "sms",
            "recipient": "enterprise",
            "template": "due_reminder",
            "purpose": "reminder",
            "critical": False,
            "immediate": False,
            "facts": {},
            "status": "delivered",
            "to": "+33639980001",
            "text": "Rappel : paiement lundi.",
            "queued_at": func.now(),
            "sent_at": func.now(),
        }
        async with self.engine.begin() as connection:
            await connection.execute(insert(tables.messages).values({**row, **columns}))


def settings_of(**overrides: Any) -> Settings:
    return Settings(**{"secret_key": SecretStr(KEY), "public_url": URL, **overrides})


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = make_engine(database_url)
    async with engine.begin() as connection:
        await journeys.create(connection, JOURNEY, add_months(JOURNEY.opened_on, 18))
        await enterprises.describe(connection, SIREN, CONTACT)
        await connection.execute(insert(tables.agents).values(AGENT))
    yield engine
    await engine.dispose()


@pytest.fixture
async def pages(engine: AsyncEngine) -> AsyncIterator[Pages]:
    app = create_pages(settings_of(), engine, None)  # type: ignore[arg-type]
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=URL) as browser:
        yield Pages(browser, engine)


@pytest.fixture
def steps(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> Steps:
    """The journey answers by its real rules, without Temporal."""
    from tests.web.cases import Steps

    stand_in = Steps(pages.engine)
    monkeypatch.setattr(asking, "ask", stand_in.ask)
    return stand_in
