"""Why something was sent, or was not, is told in French from the database."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import SecretStr
from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from activities.rulebooks import open_rulebook
from cli.why import _why, why
from config.errors import OperatorError
from config.policies import load_policies
from config.settings import Settings, load
from db import ledger, records
from db.engine import make_engine
from db.records import Entry
from db.tables import events, messages, receipts
from domain.calendar import add_months
from domain.sentences import SENTENCES
from notifications.links import MASK
from tests.cli.stored import store_life
from tests.domain.rules.happenings import due, opened
from tests.domain.rules.life import Life

ROOT = Path(__file__).parents[2]
SIREN = "552100554"
OPENED_ON = add_months(datetime.now(UTC).date(), -3)
NOW = datetime.now(UTC)


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[AsyncConnection]:
    engine = make_engine(database_url, pool_size=2)
    await open_rulebook(engine, load_policies(ROOT / "policies"))
    async with engine.connect() as writing:
        yield writing
    await engine.dispose()


@pytest.fixture
def settings(database_url: str) -> Settings:
    return load(database_url=SecretStr(database_url))


async def lived(connection: AsyncConnection, life: Life) -> None:
    await store_life(connection, life)
    await connection.commit()


async def told(settings: Settings, capsys: pytest.CaptureFixture[str], message: UUID | None = None) -> str:
    await _why(settings, SIREN, message)
    return capsys.readouterr().out


async def received(connection: AsyncConnection, **changed: Any) -> None:
    usual = {
        "source": "test",
        "id": "event-1",
        "type": "payment.received",
        "siren": SIREN,
        "organisation": "urssaf-idf",
        "time": NOW,
        "data": {"name": "Zoé"},
        "status": "applied",
    }
    await connection.execute(insert(events).values(usual | changed))
    await connection.commit()


async def reminder(connection: AsyncConnection, event_id: str | None = None) -> Any:
    """The first SMS about a due date that an event stated, or that the law alone gave."""
    query = messages.select().where(messages.c.rule == "REM-2", messages.c.channel == "sms")
    return (await connection.execute(query.where(messages.c.event_id.is_not_distinct_from(event_id)))).first()


async def test_an_unknown_number_is_said_to_be_unknown(connection: AsyncConnection, settings: Settings) -> None:
    with pytest.raises(OperatorError, match="SIREN inconnu"):
        await _why(settings, SIREN, None)


async def test_events_without_an_account_say_what_they_wait_for(
    connection: AsyncConnection, settings: Settings
) -> None:
    await received(connection, status="waiting", problem="waits for the account.opened event")
    with pytest.raises(OperatorError, match=r"payment\.received, est waiting \(waits for the account"):
        await _why(settings, SIREN, None)


async def test_an_enterprise_that_did_not_enrol_is_told_why(connection: AsyncConnection, settings: Settings) -> None:
    await lived(connection, Life(opened(OPENED_ON.isoformat(), headcount=0)))
    with pytest.raises(OperatorError, match="aucun salarié déclaré"):
        await _why(settings, SIREN, None)


def test_a_number_that_is_no_siren_is_refused() -> None:
    with pytest.raises(OperatorError, match="9 digits"):
        why("12")


async def test_a_journey_tells_its_decisions_what_comes_next_and_the_rules_behind(
    connection: AsyncConnection, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    await lived(connection, Life(opened(OPENED_ON.isoformat())).until(NOW))
    shown = await told(settings, capsys)
    for words in ("en cours jusqu'au", "Dernières décisions :", "Ce qui vient", f"REM-2 — {SENTENCES['REM-2']}"):
        assert words in shown
    assert re.search(r"\d\d/\d\d/\d{4} \d\d:\d\d  REM-2   Rappel de l'échéance", shown)


async def test_what_was_not_sent_is_listed_with_its_reason(
    connection: AsyncConnection, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    await lived(connection, Life(opened(OPENED_ON.isoformat())))
    line = Entry(SIREN, NOW, "skipped", "REM-3", "Pas de rappel pour janvier 2026 : déjà payé")
    await records.write(connection, [line])
    await connection.commit()
    section = (await told(settings, capsys)).split("et pourquoi :")[1]
    assert section.strip().splitlines()[0].endswith("REM-3   Pas de rappel pour janvier 2026 : déjà payé")


async def test_a_message_tells_its_rule_its_event_its_facts_and_its_receipts(
    connection: AsyncConnection, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    life = Life(opened(OPENED_ON.isoformat()))
    stated, on = (OPENED_ON + timedelta(days=5)).isoformat(), (OPENED_ON + timedelta(days=40)).isoformat()
    contribution = due(stated, f"{OPENED_ON:%Y-%m}", on, "1240.50")
    await lived(connection, life.tell(contribution).until(NOW))
    await received(connection, id=contribution.id, type="contribution.due")
    row = await reminder(connection, contribution.id)
    await ledger.change(connection, row.id, status="delivered", sent_at=NOW)
    receipt = {"provider": "p", "event_key": "k", "provider_id": "i", "status": "delivered"}
    receipt |= {"contact_bad": False, "opted_out": False, "retryable": False}
    await connection.execute(insert(receipts).values(**receipt, message_id=row.id))
    await connection.commit()
    shown = await told(settings, capsys, row.id)
    for words in (SENTENCES["REM-2"], "échéance à payer", "Montant : 1 240,50 €", "État        : remis", "  remis"):
        assert words in shown


async def test_a_message_that_did_not_leave_tells_the_recorded_reason(
    connection: AsyncConnection, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    await lived(connection, Life(opened(OPENED_ON.isoformat())).until(NOW))
    row = await reminder(connection)
    await connection.execute(update(messages).values(status="dropped", reason="payé entre-temps"))
    await connection.commit()
    shown = await told(settings, capsys, row.id)
    assert "État        : pas parti (payé entre-temps)" in shown
    assert "Parti le" not in shown
    assert "aucun : le calendrier du parcours" in shown


async def test_no_signed_link_is_told(
    connection: AsyncConnection, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    await lived(connection, Life(opened(OPENED_ON.isoformat())).until(NOW))
    row = await reminder(connection)
    link = f"https://parcours.example/l/{'Ab-_' * 7}"
    await connection.execute(update(messages).values(reason=link, facts={"note": link}))
    await connection.commit()
    shown = await told(settings, capsys, row.id) + await told(settings, capsys)
    assert MASK in shown
    assert link not in shown


async def test_another_message_is_refused(connection: AsyncConnection, settings: Settings) -> None:
    await lived(connection, Life(opened(OPENED_ON.isoformat())))
    with pytest.raises(OperatorError, match="parcours why SIREN"):
        await _why(settings, SIREN, uuid4())


def test_every_rule_that_decides_has_its_sentence() -> None:
    sources = [it.read_text() for folder in ("domain", "activities") for it in (ROOT / folder).rglob("*.py")]
    decided = {rule for text in sources for rule in re.findall(r'"([A-Z]{3}-[0-9]{1,2})"', text)}
    assert decided <= SENTENCES.keys()
