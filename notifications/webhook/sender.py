"""One delivery over HTTP: ten seconds, no redirect, the body of the answer left unread."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Self
from urllib.parse import urlsplit

from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector

from notifications.webhook.addresses import AddressRefused, PublicResolver, is_public, literal
from notifications.webhook.signature import signed

CONNECTIONS_PER_HOST = 20
PATIENCE_SECONDS = 10
GONE = 410
"""« Disable the webhook endpoint and stop sending » (Standard Webhooks, response status codes)."""


@dataclass(frozen=True)
class Webhook:
    """What is delivered where; ``id`` is the event's, the same on every attempt."""

    id: str
    url: str
    body: bytes
    secret: str = field(repr=False)


@dataclass(frozen=True)
class Outcome:
    """What became of an attempt: an HTTP status, or what went wrong in a word or two; ``gone`` for 410."""

    delivered: bool
    said: str
    gone: bool = False


class WebhookSender:
    """`async with` opens and closes its connections; ``allowed`` hosts may be private and called by http."""

    def __init__(self, allowed: Collection[str], patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._allowed = allowed
        self._timeout = ClientTimeout(total=patience_seconds)

    async def __aenter__(self) -> Self:
        connector = TCPConnector(
            resolver=PublicResolver(self._allowed), use_dns_cache=False, limit_per_host=CONNECTIONS_PER_HOST
        )
        self._session = ClientSession(
            connector=connector, timeout=self._timeout, cookie_jar=DummyCookieJar(), trust_env=False
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def send(self, webhook: Webhook) -> Outcome:
        """Try once; never raises for what the receiver or the network does."""
        headers = signed(webhook.secret, webhook.id, datetime.now(UTC), webhook.body)
        headers |= {"Content-Type": "application/cloudevents+json", "User-Agent": "Parcours-Webhooks"}
        try:
            self._check_literal(webhook.url)
            async with self._session.post(
                webhook.url, data=webhook.body, headers=headers, allow_redirects=False
            ) as answer:
                return Outcome(200 <= answer.status < 300, str(answer.status), answer.status == GONE)
        except TimeoutError:
            return Outcome(False, "timeout")
        except AddressRefused:
            return Outcome(False, "address refused")
        except (ClientError, OSError, ValueError) as error:
            return Outcome(False, _reason(error))

    def _check_literal(self, url: str) -> None:
        """An address written as such is never resolved."""
        host = urlsplit(url).hostname or ""
        if literal(host) and host not in self._allowed and not is_public(host):
            raise AddressRefused("not a public address")


def _reason(error: Exception) -> str:
    refused = isinstance(error.__cause__, AddressRefused)
    return "address refused" if refused else type(error).__name__
