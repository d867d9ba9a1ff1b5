"""The whole system on loopback: HTTP interface, pages, worker, real SDKs, and fakes behind the providers' edge."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from temporalio.client import Client
from temporalio.service import RPCError

from activities.contract import workflow_id
from cli.serving import api_part, serve, worker_part
from config.embedded.temporal import EmbeddedTemporal
from config.settings import Settings
from config.tokens import parse_tokens
from tests.fakes.sendgrid import FakeSendGrid
from tests.fakes.twilio import FakeTwilio

SIREN = "732829320"
TOKENS = (
    "sys=system:urssaf-idf,agt=agent:urssaf-idf:alice.martin,sup=supervisor:urssaf-idf,adm=admin:urssaf-idf,"
    "other=supervisor:urssaf-rhone-alpes"
)


@dataclass
class System:
    """What a user of Parcours reaches: the API with a token, and the two providers."""

    api: httpx.AsyncClient
    twilio: FakeTwilio
    sendgrid: FakeSendGrid
    temporal: Client
    url: str

    def __post_init__(self) -> None:
        self._count = 0

    async def post_event(self, type_: str, siren: str = SIREN, **data: Any) -> httpx.Response:
        self._count += 1
        event = {
            "specversion": "1.0",
            "id": f"event-{self._count}",
            "source": "/urssaf/test",
            "type": f"fr.urssaf.{type_}",
            "subject": siren,
            "time": "2026-01-01T00:00:00Z",
            "data": data,
        }
        headers = {"Content-Type": "application/cloudevents+json"}
        return await self.api.post("/v1/events", json=event, headers={**headers, **bearer("sys")})

    async def get(self, path: str, token: str = "agt") -> Any:
        answer = await self.api.get(path, headers=bearer(token))
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def until(self, path: str, wanted: Any, token: str = "agt") -> Any:
        """Read until what is wanted shows, as an outsider would."""
        for _ in range(200):
            answer = await self.api.get(path, headers=bearer(token))
            if answer.status_code == 200 and wanted(answer.json()):
                return answer.json()
            await asyncio.sleep(0.1)
        raise AssertionError(f"{path} never showed it: {answer.status_code} {answer.text[:2000]}")


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@asynccontextmanager
async def whole_system(
    database_url: str, dev_server: EmbeddedTemporal, temporal: Client, home: Path, port: int, **overrides: Any
) -> AsyncIterator[System]:
    """Everything running at a port, with the settings of tests unless told otherwise."""
    async with FakeTwilio() as twilio, FakeSendGrid() as sendgrid:
        settings = Settings(
            home=home,
            database_url=SecretStr(database_url),
            temporal_address=dev_server.address,
            http_port=port,
            api_tokens=parse_tokens(TOKENS),
            secret_key=SecretStr("0" * 32),
            sms="twilio",
            twilio_account_sid=twilio.account_sid,
            twilio_auth_token=SecretStr(twilio.auth_token),
            twilio_from="URSSAF",
            twilio_base_url=twilio.base_url,
            mail="sendgrid",
            sendgrid_api_key=SecretStr(sendgrid.api_key),
            mail_from="parcours@urssaf.example",
            sendgrid_base_url=sendgrid.base_url,
            sendgrid_webhook_key=sendgrid.public_key,
            **overrides,
        )
        started = asyncio.Event()
        serving = asyncio.create_task(serve(settings, [api_part(started), worker_part]))
        await asyncio.wait({serving, asyncio.ensure_future(started.wait())}, return_when=asyncio.FIRST_COMPLETED)
        async with httpx.AsyncClient(base_url=settings.public_url, timeout=20) as api:
            yield System(api, twilio, sendgrid, temporal, settings.public_url)
        serving.cancel()
        with suppress(asyncio.CancelledError):
            await serving
        with suppress(RPCError):
            await temporal.get_workflow_handle(workflow_id(SIREN)).terminate()


@pytest.fixture
async def system(
    database_url: str, dev_server: EmbeddedTemporal, temporal: Client, tmp_path: Path
) -> AsyncIterator[System]:
    async with whole_system(database_url, dev_server, temporal, tmp_path, free_port()) as running:
        yield running
