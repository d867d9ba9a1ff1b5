"""JSON documents of an issuer: five seconds, no redirect, a megabyte at most."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout, DummyCookieJar

PATIENCE = ClientTimeout(total=5)
MOST_BYTES = 1024 * 1024


class IssuerUnreachable(Exception):
    """The issuer did not answer, or not with what it owes; nobody's token is to blame."""


@dataclass(frozen=True)
class Answer:
    """What the issuer said."""

    status: int
    media_type: str
    body: bytes

    def json(self) -> dict[str, Any]:
        """The body, an object; raises IssuerUnreachable when it is none."""
        try:
            found = json.loads(self.body)
        except ValueError:
            raise IssuerUnreachable("the issuer's answer is not JSON") from None
        if not isinstance(found, dict):
            raise IssuerUnreachable("the issuer's answer is not an object")
        return found


async def get_json(url: str) -> dict[str, Any]:
    """A document; raises IssuerUnreachable without a 200."""
    answer = await call("GET", url)
    if answer.status != 200:
        raise IssuerUnreachable(f"the issuer answered {answer.status}")
    return answer.json()


async def call(
    method: str,
    url: str,
    *,
    form: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """One request; raises IssuerUnreachable when no whole answer comes."""
    try:
        async with (
            ClientSession(timeout=PATIENCE, cookie_jar=DummyCookieJar(), trust_env=False) as session,
            session.request(method, url, data=form, headers=headers, allow_redirects=False) as response,
        ):
            return Answer(response.status, response.content_type, await _body(response))
    except (ClientError, TimeoutError, ValueError) as error:
        raise IssuerUnreachable(f"the issuer does not answer ({type(error).__name__})") from None


async def _body(response: ClientResponse) -> bytes:
    body = await response.content.read(MOST_BYTES)
    if not response.content.at_eof():
        rest = await response.content.read(1)
        if rest:
            raise IssuerUnreachable("the issuer's answer is too long")
    return body
