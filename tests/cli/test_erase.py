"""`parcours erase`: said first, done when confirmed, by one enterprise or one person."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.rulebooks import open_rulebook
from cli.erase import _erase, _wanted, erase
from config.errors import OperatorError
from config.policies import load_policies
from config.settings import Settings, load
from db.engine import make_engine
from db.enterprises import describe
from db.tables import agents, enterprises
from tests.api.examples import SIREN, add_journey

ROOT = Path(__file__).parents[2]
CONTACT = {"contact_name": "Inès Caron", "email": "ines@example.org", "phone": "+33639980042"}


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = make_engine(database_url, pool_size=2)
    await open_rulebook(engine, load_policies(ROOT / "policies"))
    await add_journey(engine)
    async with engine.begin() as connection:
        await describe(connection, SIREN, CONTACT)
    yield engine
    await engine.dispose()


@pytest.fixture
def settings(database_url: str) -> Settings:
    return load(database_url=SecretStr(database_url))


async def contact(engine: AsyncEngine) -> Any:
    async with engine.connect() as connection:
        return (await connection.execute(select(enterprises.c.name, enterprises.c.email))).one()


async def test_what_would_go_is_said_and_nothing_goes(
    engine: AsyncEngine, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    await _erase(settings, _wanted(SIREN, None), kept=False)
    said = capsys.readouterr().out
    assert "1 enterprises: contacts" in said
    assert "contributions lapse on" in said
    assert tuple(await contact(engine)) == ("Boulangerie Dupont", "ines@example.org")
    assert "ines@" not in said


async def test_an_enterprise_is_erased(engine: AsyncEngine, settings: Settings) -> None:
    await _erase(settings, _wanted(SIREN, None), kept=True)
    assert tuple(await contact(engine)) == ("", None)


async def test_a_person_is_erased_and_their_enterprise_stays(engine: AsyncEngine, settings: Settings) -> None:
    await _erase(settings, _wanted(None, "06 39 98 00 42"), kept=True)
    assert tuple(await contact(engine)) == ("Boulangerie Dupont", None)


@pytest.mark.parametrize("left", [True, False])
async def test_an_agent_is_erased_once_gone(
    engine: AsyncEngine, settings: Settings, capsys: pytest.CaptureFixture[str], left: bool
) -> None:
    from tests.observability.rows import NOW

    row = {"organisation": "urssaf-idf", "agent": "camille", "name": "Camille", "email": "camille@example.org"}
    async with engine.begin() as connection:
        await connection.execute(insert(agents).values(row | {"trained": not left, "left_at": NOW if left else None}))
    await _erase(settings, _wanted(None, "Camille@example.org"), kept=True)
    async with engine.connect() as connection:
        known = (await connection.scalars(select(agents.c.agent).where(agents.c.agent == "camille"))).all()
    assert bool(known) is not left
    assert ("still serves urssaf-idf" in capsys.readouterr().out) is not left


@pytest.mark.parametrize("whom", [(None, None), (SIREN, "x@example.org"), ("123456789", None), (None, "Inès Caron")])
def test_whom_to_erase_is_said_once_and_well(whom: tuple[str | None, str | None]) -> None:
    with pytest.raises(OperatorError, match=r"--siren|--person"):
        _wanted(*whom)


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> list[Callable[[], Any]]:
    """What the command runs, in order."""
    done: list[Callable[[], Any]] = []
    monkeypatch.setattr("cli.erase.prepared", lambda: settings)
    monkeypatch.setattr("cli.erase.run", done.append)
    return done


@pytest.mark.parametrize(("dry_run", "yes", "steps"), [(True, False, 1), (True, True, 1), (False, True, 1)])
def test_it_is_done_at_once_only_when_asked_to(
    runs: list[Callable[[], Any]], *, dry_run: bool, yes: bool, steps: int, capsys: pytest.CaptureFixture[str]
) -> None:
    erase(siren=SIREN, dry_run=dry_run, yes=yes)
    assert len(runs) == steps
    assert ("nothing is erased yet" in capsys.readouterr().out) is dry_run


@pytest.mark.parametrize("sure", [True, False])
def test_it_asks_before_it_erases(
    runs: list[Callable[[], Any]], monkeypatch: pytest.MonkeyPatch, *, sure: bool
) -> None:
    monkeypatch.setattr("typer.confirm", lambda _: sure)
    if sure:
        erase(siren=SIREN)
        assert len(runs) == 2
    else:
        with pytest.raises(OperatorError, match="nothing was erased"):
            erase(siren=SIREN)
        assert len(runs) == 1
