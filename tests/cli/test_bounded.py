"""How much and how long one connection may ask for."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from cli import bounded
from cli.bounded import HEADER_BYTES, HEADERS, BoundedProtocol, Phase

HEAD = b"POST /length HTTP/1.1\r\nHost: 127.0.0.1\r\n"
MEGABYTE = 1024 * 1024
NEVER = 3600.0
ENDED = {0, 408}
PIECE, BLANKS = b"x" * 64 * 1024, b"\r\n" * 32 * 1024


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Says how long the body was; answers before it at ``/early``."""
    request = Request(scope, receive)
    body = b"" if request.url.path == "/early" else await request.body()
    response: Response = PlainTextResponse(str(len(body)))
    await response(scope, receive, send)


@pytest.fixture
async def port() -> AsyncIterator[int]:
    options: dict[str, Any] = {"log_config": None, "lifespan": "off", "ws": "none", "timeout_keep_alive": NEVER}
    server = uvicorn.Server(uvicorn.Config(application, http=BoundedProtocol, timeout_graceful_shutdown=1, **options))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = asyncio.ensure_future(server.serve(sockets=[listener]))
        yield listener.getsockname()[1]
        server.should_exit = True
        await serving
    assert not BoundedProtocol._waiting


def soon(monkeypatch: pytest.MonkeyPatch, phase: Phase) -> None:
    """Only this phase has a limit that a test can wait for."""
    monkeypatch.setattr(bounded, "SECONDS", {Phase.HEADERS: NEVER, Phase.BODY: NEVER, phase: 0.2})


async def _sent(port: int, *pieces: bytes) -> bytes:
    """All that is answered to these pieces, until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


def status(answer: bytes) -> int:
    return int(answer.split()[1]) if answer else 0


async def _status(port: int, *pieces: bytes) -> int:
    return status(await _sent(port, *pieces))


async def _is_served(port: int) -> bool:
    async with httpx.AsyncClient() as client:
        return (await client.post(f"http://127.0.0.1:{port}/length", content=b"1234")).text == "4"


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (HEAD + b"X: " + b"x" * HEADER_BYTES + b"\r\n\r\n", 431),
        (HEAD + b"x" * HEADER_BYTES + b": x\r\n\r\n", 431),
        (HEAD + b"".join(b"X-%d: x\r\n" % rank for rank in range(HEADERS)) + b"\r\n", 431),
        (HEAD + b"".join(b"X-%d: %s\r\n" % (rank, b"x" * 1000) for rank in range(40)) + b"\r\n", 431),
        (b"GET /" + b"x" * HEADER_BYTES + b" HTTP/1.1\r\n\r\n", 414),
        (b"nonsense\r\n\r\n", 400),
    ],
    ids=["value", "name", "count", "sum", "address", "nonsense"],
)
async def test_too_much_before_a_body_is_refused(port: int, request_: bytes, said: int) -> None:
    assert await _status(port, request_) == said
    assert await _is_served(port)


@pytest.mark.parametrize(
    "beginning",
    [
        HEAD + b"X: ",
        HEAD,
        b"GET /",
        b"",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n1;",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX: ",
    ],
    ids=["header", "name", "address", "blank lines", "chunk extension", "trailer"],
)
async def test_what_never_ends_is_ended_before_it_is_much(port: int, beginning: bytes) -> None:
    """150 MB of it: the connection breaks long before."""
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    taken = 0
    with contextlib.suppress(OSError):
        writer.write(beginning)
        while taken < 150 * MEGABYTE:
            writer.write(PIECE if beginning else BLANKS)
            await writer.drain()
            await asyncio.sleep(0)
            taken += len(PIECE)
    assert taken < 20 * MEGABYTE, "what the two ends of a socket hold, and no more"
    writer.close()
    assert await _is_served(port)


async def test_half_sent_headers_are_ended_within_the_limit(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    soon(monkeypatch, Phase.HEADERS)
    # On a loaded machine one may be ended while it still sends: then it hears nothing but the end.
    answers = await asyncio.gather(*(_sent(port, HEAD) for _ in range(300)), _sent(port), _sent(port, b"\r\n\r\n"))
    assert {status(answer) for answer in answers} <= ENDED
    assert await _is_served(port)


async def test_a_byte_now_and_then_wins_no_time(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    soon(monkeypatch, Phase.HEADERS)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answer = asyncio.ensure_future(reader.read())
    writer.write(HEAD + b"X: ")
    while not answer.done():
        writer.write(b"x")
        await asyncio.wait({answer}, timeout=0.02)
    with contextlib.suppress(ConnectionError):
        assert status(await answer) in ENDED
    writer.close()


async def test_a_body_that_does_not_come_is_ended_too(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    soon(monkeypatch, Phase.BODY)
    assert await _status(port, HEAD + b"Content-Length: 10\r\n\r\n12345") == 408
    assert await _is_served(port)


async def test_whoever_stays_after_an_early_answer_is_ended(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    soon(monkeypatch, Phase.HEADERS)
    early = HEAD.replace(b"/length", b"/early") + b"Content-Length: 10\r\n\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(early)
    assert b"200 OK" in await reader.readuntil(b"\r\n\r\n0")
    writer.write(b"1234567890")
    assert b" 408 " in await reader.read()
    writer.close()


async def test_the_connection_that_waits_longest_makes_room(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "UNFINISHED", 20)
    connections = [await asyncio.open_connection("127.0.0.1", port) for _ in range(30)]
    firsts = await asyncio.gather(*(reader.read() for reader, _ in connections[:10]))
    assert {status(answer) for answer in firsts} == {503}
    assert await _is_served(port)
    for _, writer in connections:
        writer.close()


async def test_requests_in_a_row_and_pieces_are_answered(port: int) -> None:
    request_ = HEAD + b"Content-Length: 3\r\n\r\n123"
    last = request_.replace(b"Host", b"Connection: close\r\nHost")
    answer = await _sent(port, request_ + request_[:30], request_[30:-1], request_[-1:] + last)
    assert answer.count(b"200 OK") == 3
    in_bytes = await _sent(port, *(bytes([byte]) for byte in last))
    assert b"200 OK" in in_bytes


async def test_a_long_body_may_come_in_many_pieces(port: int) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(200):
            yield b"x" * 10_000

    async with httpx.AsyncClient() as client:
        answer = await client.post(f"http://127.0.0.1:{port}/length", content=pieces())
    assert answer.text == "2000000"
