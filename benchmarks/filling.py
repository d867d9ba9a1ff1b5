"""A database filled at once: a hundred lives simulated up to today, each copied under many SIRENs."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from benchmarks.events import siren_of
from benchmarks.site import ORGANISATION
from config.policies import load_policies
from config.settings import Settings
from db.codec import dump_journey
from db.tables import enterprises, journeys, timeline
from domain.calendar import add_months
from domain.population import Scenario, invent
from domain.rulebook import Rulebook
from domain.rules.term import shown_end
from domain.simulation import Moment, live
from domain.state import Journey

LIVES = 100
MONTHS = 18
FIRST_COPY = 1_000_000
COPIES = {
    journeys.name: "siren, organisation, phase, referent, opened_on, ends_on, has_accountant, open_incident, state, "
    "version, wake_at",
    enterprises.name: "siren, name, contact_name, email, phone",
    timeline.name: "siren, at, kind, rule, summary, event_id",
}
KNOWN = f"SELECT count(*) FROM journeys WHERE siren >= '{siren_of(FIRST_COPY)}'"
IN_STATE = "replace(p.state, p.siren, c.siren)"


def copies(count: int) -> list[str]:
    """The SIRENs of the copies."""
    return [siren_of(FIRST_COPY + rank) for rank in range(count)]


async def fill(engine: AsyncEngine, count: int) -> None:
    """Bring the portfolio to ``count`` open journeys with their timelines; nothing is due for them."""
    rulebook = Rulebook.of(load_policies(Settings().policies))
    async with engine.begin() as connection:
        known = await connection.scalar(text(KNOWN)) or 0
        lives = [it for rank in range(LIVES) if (it := _lived(rulebook, rank))]
        if not known:
            for moments in lives:
                await _write(connection, rulebook, moments)
        await _copy(connection, [moments[-1].after.siren for moments in lives], copies(count)[known:])
    await _vacuumed(engine)


def _lived(rulebook: Rulebook, rank: int) -> list[Moment]:
    calendar = rulebook.current[ORGANISATION].calendar
    start = add_months(date.today(), -MONTHS)
    scenario = Scenario(LIVES, MONTHS, start, (ORGANISATION,), calendar)
    moments = list(live(invent(scenario, rank), rulebook, scenario.end))
    return moments if moments and moments[-1].after.is_open else []


async def _write(connection: AsyncConnection, rulebook: Rulebook, moments: list[Moment]) -> None:
    journey = moments[-1].after
    await connection.execute(insert(journeys).values(_row(journey, rulebook)))
    name = {
        "name": f"Entreprise {journey.siren}",
        "folded_name": f"entreprise{journey.siren}",
        "contact_name": "Camille",
        "email": "c@example.org",
    }
    await connection.execute(insert(enterprises).values(siren=journey.siren, phone="+33639980001", **name))
    lines = [_line(journey.siren, moment.at, effect) for moment in moments for effect in moment.effects]
    await connection.execute(insert(timeline), lines)


def _row(journey: Journey, rulebook: Rulebook) -> dict[str, Any]:
    now = datetime.now(UTC)
    return {
        "siren": journey.siren,
        "organisation": journey.organisation,
        "phase": str(journey.phase),
        "referent": journey.referent,
        "opened_on": journey.opened_on,
        "ends_on": shown_end(journey, rulebook.world(journey, now).policy),
        "has_accountant": journey.accountant,
        "open_incident": any(incident.is_open for incident in journey.incidents.values()),
        "state": dump_journey(journey),
        "version": 1,
        "wake_at": now + timedelta(days=30),
    }


def _line(siren: str, at: datetime, effect: Any) -> dict[str, Any]:
    said = {"kind": effect.kind, "rule": effect.rule, "summary": effect.summary, "event_id": effect.event_id}
    return {"siren": siren, "at": at, **said}


async def _copy(connection: AsyncConnection, originals: list[str], sirens: list[str]) -> None:
    await connection.execute(text("CREATE TEMP TABLE copies (siren text, original text) ON COMMIT DROP"))
    records = [(siren, originals[rank % len(originals)]) for rank, siren in enumerate(sirens)]
    raw: Any = (await connection.get_raw_connection()).driver_connection
    await raw.copy_records_to_table("copies", records=records)
    for table, columns in COPIES.items():
        await connection.execute(text(_copying(table, columns)))


def _copying(table: str, columns: str) -> str:
    names = [name.strip() for name in columns.split(",")]
    copied = {"siren": "c.siren", "state": IN_STATE}
    values = ", ".join(copied.get(name, f"p.{name}") for name in names)
    return f"INSERT INTO {table} ({columns}) SELECT {values} FROM copies c JOIN {table} p ON p.siren = c.original"


async def _vacuumed(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        outside = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await outside.execute(text("VACUUM ANALYZE journeys, enterprises, timeline"))
