from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from activities.contract import StepOrder
from activities.rulebooks import open_rulebook
from activities.stepping import Stepping
from api import asking
from api.app import create_app
from config.settings import Settings
from config.tokens import parse_tokens
from db.engine import make_engine
from domain.requests import Reply, Request
from tests.api.examples import bearing, nowhere

POLICIES = Path(__file__).parents[2] / "policies"
TOKENS = ",".join(
    f"{role}-{place}-token={role}:{organisation}{agent}"
    for place, organisation in (("idf", "urssaf-idf"), ("ra", "urssaf-rhone-alpes"))
    for role, agent in (
        ("system", ""),
        ("agent", ":alice.martin"),
        ("supervisor", ":chef"),
        ("mediator", ":mara"),
        ("admin", ""),
    )
)


class NoTemporal:
    """Stands where the client stands; whoever uses it fails."""


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = make_engine(database_url, pool_size=5)
    yield engine
    await engine.dispose()


@pytest.fixture(scope="session")
def settings() -> Settings:
    return Settings(
        policies=POLICIES,
        api_tokens=parse_tokens(TOKENS),
        public_url="https://parcours.example",
        twilio_auth_token=SecretStr("0" * 32),
    )


@pytest.fixture
def app(settings: Settings, engine: AsyncEngine) -> FastAPI:
    temporal: Any = NoTemporal()
    client: Client = temporal
    return create_app(settings, engine, client)


@pytest.fixture
async def answering(app: FastAPI, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Journeys answer without Temporal: the step that a request asks for is taken here, by the rules themselves."""
    stepping = Stepping(engine, await open_rulebook(engine, app.state.services.policies))
    numbers, turn = count(1), asyncio.Lock()

    async def ask(_: Client, siren: str, request: Request) -> Reply:
        async with turn:
            order = StepOrder(siren, "chain", next(numbers), datetime.now(UTC), (request,))
            return (await stepping.take_step(order)).replies[request.id]

    monkeypatch.setattr(asking, "ask", ask)


@pytest.fixture(scope="session")
def unplugged_app(settings: Settings) -> FastAPI:
    """An application whose database does not answer: what it refuses with a 4xx never reached one."""
    temporal: Any = NoTemporal()
    return create_app(settings, nowhere(), temporal)


@pytest.fixture
async def unplugged(unplugged_app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A system in front of it."""
    async with bearing(unplugged_app, "system-idf-token") as client:
        yield client


@pytest.fixture
async def unplugged_supervisor(unplugged_app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A supervisor in front of it."""
    async with bearing(unplugged_app, "supervisor-idf-token") as client:
        yield client


@pytest.fixture
async def anonymous(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api") as client:
        yield client


@pytest.fixture
async def system(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with bearing(app, "system-idf-token") as client:
        yield client


@pytest.fixture
async def agent(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with bearing(app, "agent-idf-token") as client:
        yield client


@pytest.fixture
async def supervisor(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with bearing(app, "supervisor-idf-token") as client:
        yield client


@pytest.fixture
async def neighbour(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """An agent of another organisation."""
    async with bearing(app, "agent-ra-token") as client:
        yield client
