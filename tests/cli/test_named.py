"""Under which names a served Parcours answers."""

from __future__ import annotations

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from cli.named import Named
from config.settings import load

HTTPS = {"public_url": "https://parcours.example", "http_names": "api, parcours.internal"}


async def _asked(
    host: str | bytes, path: str = "/v1/journeys", forwarded: dict[str, str] | None = None, **settings: str
) -> httpx.Response:
    async def app(scope: dict, receive: object, send: object) -> None:  # type: ignore[type-arg]
        response: Response = PlainTextResponse(Request(scope).url.path)
        await response(scope, receive, send)  # type: ignore[arg-type]

    transport = httpx.ASGITransport(Named(app, load(**settings)))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://parcours.example") as client:
        return await client.get(path, headers={"Host": host, **(forwarded or {})})


@pytest.mark.parametrize("host", ["parcours.example", "PARCOURS.example:443", "127.0.0.1:8000", "[::1]:8000", "api"])
async def test_its_own_names_are_answered(host: str) -> None:
    assert (await _asked(host, **HTTPS)).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "parcours.example.evil.example",
        "10.0.0.1",
        "",
        "a@parcours.example.evil",
        "[::1",
        b"\xff",
        "api:x:y@evil",
    ],
)
async def test_others_are_not(host: str | bytes) -> None:
    refused = await _asked(host, **HTTPS)
    assert (refused.status_code, refused.headers["content-type"]) == (421, "application/problem+json")
    assert "PARCOURS_HTTP_NAMES" in refused.json()["detail"]


async def test_in_development_no_name_leads_here_that_is_not_ours_but_every_address_does() -> None:
    assert (await _asked("192.168.1.5:8000")).status_code == 200
    assert (await _asked("rebound.example:8000")).status_code == 421


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
async def test_probes_may_come_under_any_name(path: str) -> None:
    assert (await _asked("10.1.2.3:8000", path, **HTTPS)).status_code == 200


@pytest.mark.parametrize("host", ["parcours.example", "evil.example"])
async def test_https_stays_https(host: str) -> None:
    assert (await _asked(host, **HTTPS)).headers["strict-transport-security"] == "max-age=31536000"
    assert "strict-transport-security" not in (await _asked("127.0.0.1")).headers


@pytest.mark.parametrize(
    "forwarded",
    [
        {"X-Forwarded-Proto": "https"},
        {"X-Forwarded-Proto": "HTTPS, http"},
        {"Forwarded": "for=192.0.2.60;proto=https;by=203.0.113.43"},
        {"X-Forwarded-Ssl": "on"},
    ],
    ids=str,
)
@pytest.mark.parametrize("path", ["/outbox", "/console/connexion", "/console/"])
async def test_behind_tls_a_development_machine_opens_nothing_though_nobody_told_it(
    path: str, forwarded: dict[str, str]
) -> None:
    refused = await _asked("127.0.0.1", path, forwarded)
    assert (refused.status_code, "PARCOURS_PUBLIC_URL" in refused.text) == (421, True)
    assert (await _asked("127.0.0.1", "/healthz", forwarded)).status_code == 200
    assert (await _asked("parcours.example", path, forwarded, **HTTPS)).status_code == 200
    assert (await _asked("127.0.0.1", path, {"X-Forwarded-Proto": "http"})).status_code == 200
