"""The parts of Parcours run together and stop together."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import SecretStr

from cli.serving import Part, listening, serve, worker_part
from config.embedded.temporal import EmbeddedTemporal
from config.errors import OperatorError, SettingsError
from config.settings import Settings, load

DATABASE = "postgresql+asyncpg://nobody@127.0.0.1:1/none"


@pytest.fixture
def settings(dev_server: EmbeddedTemporal) -> Settings:
    return load(database_url=SecretStr(DATABASE), temporal_address=dev_server.address)


@pytest.fixture
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def _until_stopped(log: list[str], name: str) -> Part:
    async def part(_: Settings, __: Any, ___: Any, stop: asyncio.Event) -> None:
        await stop.wait()
        log.append(name)

    return part


async def _fail(_: Settings, __: Any, ___: Any, ____: asyncio.Event) -> None:
    raise ValueError("broken")


async def _end(_: Settings, __: Any, ___: Any, ____: asyncio.Event) -> None:
    return


async def test_being_cancelled_stops_every_part_in_its_own_time(settings: Settings) -> None:
    log: list[str] = []
    serving_all = asyncio.ensure_future(serve(settings, [_until_stopped(log, "a"), _until_stopped(log, "b")]))
    await asyncio.sleep(0.2)
    serving_all.cancel()
    with pytest.raises(asyncio.CancelledError):
        await serving_all
    assert sorted(log) == ["a", "b"]


async def test_a_part_that_fails_stops_the_others_and_says_why(settings: Settings) -> None:
    log: list[str] = []
    with pytest.raises(ValueError, match="broken"):
        await serve(settings, [_until_stopped(log, "a"), _fail])
    assert log == ["a"]


async def test_a_part_that_ends_by_itself_is_an_error(settings: Settings) -> None:
    with pytest.raises(OperatorError, match="stopped by itself"):
        await serve(settings, [_end])


async def test_a_worker_that_still_waits_for_temporal_stops_when_told(free_port: int) -> None:
    nobody = load(database_url=SecretStr(DATABASE), temporal_address=f"127.0.0.1:{free_port}")
    serving = asyncio.ensure_future(serve(nobody, [worker_part]))
    await asyncio.sleep(0.2)
    serving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(asyncio.shield(serving), 10)


def test_a_port_in_use_is_named(taken_port: int) -> None:
    with (
        pytest.raises(SettingsError, match=re.escape(f"PARCOURS_HTTP_PORT: 127.0.0.1:{taken_port} ")),
        listening(load(http_port=taken_port)),
    ):
        raise AssertionError("listening on a port in use")


def test_an_answer_does_not_wait_for_its_callers_acknowledgements(free_port: int) -> None:
    with (
        listening(load(http_port=free_port)) as listener,
        socket.create_connection(("127.0.0.1", free_port)),
        listener.accept()[0] as accepted,
    ):
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_without_a_database_the_variable_is_named() -> None:
    with pytest.raises(SettingsError, match="PARCOURS_DATABASE_URL"):
        _ = load().required_database_url
