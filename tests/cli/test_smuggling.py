"""A request whose end two servers could read differently is refused, and what follows it is no request."""

from __future__ import annotations

import re

import pytest

from tests.cli.test_bounded import HEAD, _is_served, _sent, port

__all__ = ["port"]

NEXT = b"GET /early HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
CHUNKED, NOTHING = b"Transfer-Encoding: chunked\r\n", b"0\r\n\r\n"

AMBIGUOUS = {
    "length and chunks": HEAD + b"Content-Length: 4\r\n" + CHUNKED + b"\r\n" + NOTHING,
    "chunks and length": HEAD + CHUNKED + b"Content-Length: 4\r\n\r\n" + NOTHING,
    "two lengths": HEAD + b"Content-Length: 3\r\nContent-Length: 30\r\n\r\n123",
    "the same length twice": HEAD + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\n123",
    "a list of lengths": HEAD + b"Content-Length: 3, 30\r\n\r\n123",
    "a length with its sign": HEAD + b"Content-Length: +3\r\n\r\n123",
    "a negative length": HEAD + b"Content-Length: -3\r\n\r\n123",
    "a length in hexadecimal": HEAD + b"Content-Length: 0x3\r\n\r\n123",
    "a length beyond numbers": HEAD + b"Content-Length: 99999999999999999999999\r\n\r\n123",
    "a folded header": HEAD + b"X: a\r\n Content-Length: 3\r\n\r\n",
    "a folded length": HEAD + b"Content-Length:\r\n 3\r\n\r\n123",
    "bare line feeds": HEAD.replace(b"\r\n", b"\n") + b"Content-Length: 3\n\n123",
    "a bare line feed in a header": HEAD + b"X: a\nContent-Length: 3\r\n\r\n123",
    "a bare carriage return in a header": HEAD + b"X: a\rContent-Length: 3\r\n\r\n123",
    "a blank before the colon": HEAD + b"Content-Length : 3\r\n\r\n123",
    "a coding that is none": HEAD + b"Transfer-Encoding: xchunked\r\n\r\n" + NOTHING,
    "identity": HEAD + b"Transfer-Encoding: identity\r\n\r\n",
    "chunks that are not last": HEAD + b"Transfer-Encoding: chunked, identity\r\n\r\n" + NOTHING,
    "two codings": HEAD + CHUNKED + b"Transfer-Encoding: identity\r\n\r\n" + NOTHING,
    "a coding after a control": HEAD + b"Transfer-Encoding: \x0bchunked\r\n\r\n" + NOTHING,
    "chunks ended by line feeds": HEAD + CHUNKED + b"\r\n3\n123\n0\n\n",
    "a chunk's size in another writing": HEAD + CHUNKED + b"\r\n0x3\r\n123\r\n" + NOTHING,
    "a chunk longer than said": HEAD + CHUNKED + b"\r\n3\r\n12345\r\n" + NOTHING,
    "a negative chunk": HEAD + CHUNKED + b"\r\n-1\r\n123\r\n" + NOTHING,
    "NUL in a name": HEAD + b"X\x00: a\r\nContent-Length: 0\r\n\r\n",
    "NUL in a value": HEAD + b"X: a\x00b\r\nContent-Length: 0\r\n\r\n",
}
PLAIN = {
    "a length": HEAD + b"Content-Length: 3\r\n\r\n123",
    "chunks": HEAD + CHUNKED + b"\r\n3\r\n123\r\n" + NOTHING,
    "nothing": HEAD + b"Content-Length: 0\r\n\r\n",
}


def _statuses(answer: bytes) -> list[bytes]:
    return re.findall(rb"HTTP/1\.1 (\d+)", answer)


@pytest.mark.parametrize("kind", AMBIGUOUS)
async def test_an_ambiguous_request_is_refused_and_so_is_what_follows(port: int, kind: str) -> None:
    assert _statuses(await _sent(port, AMBIGUOUS[kind] + NEXT)) == [b"400"]
    assert await _is_served(port)


@pytest.mark.parametrize("kind", PLAIN)
async def test_what_follows_a_plain_request_is_a_request(port: int, kind: str) -> None:
    assert _statuses(await _sent(port, PLAIN[kind] + NEXT)) == [b"200", b"200"]
