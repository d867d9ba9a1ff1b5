"""Before the application, when it is really served: requests for another server are refused, https stays https."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import Problem, answer
from config.addresses import host_of, is_loopback
from config.settings import Settings

WATCHED = frozenset({"/healthz", "/readyz", "/metrics"})
"""Asked by probes and Prometheus under whatever address they found."""

A_YEAR = "max-age=31536000"
NOT_HERE = (
    "No server of this name: call it by PARCOURS_PUBLIC_URL, or have the operator add the name to PARCOURS_HTTP_NAMES."
)
OPEN = ("/outbox", "/console")
"""What is open to whoever comes in development."""

BEHIND_TLS = (
    "A proxy with TLS stands in front, and this Parcours takes itself for a development machine: "
    "have the operator set PARCOURS_PUBLIC_URL to the https address."
)


class Named:
    """Answers under its own names only: another one comes from a page that had its name lead here (DNS rebinding)."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._names = {host_of(settings.public_url), settings.http_host.lower(), *settings.http_names}
        self._is_open = not settings.closed
        self._secure = settings.public_url.startswith("https://")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Carry one request."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        further = self._https_only(send) if self._secure else send
        if scope["path"] not in WATCHED and not self._is_ours(scope):
            return await answer(Problem(421, NOT_HERE))(scope, receive, further)
        if self._is_open and scope["path"].startswith(OPEN) and _came_by_tls(Headers(scope=scope)):
            return await answer(Problem(421, BEHIND_TLS))(scope, receive, further)
        return await self._app(scope, receive, further)

    def _is_ours(self, scope: Scope) -> bool:
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        name = _host(hosts[0]) if len(hosts) == 1 else ""
        return bool(name) and (name in self._names or is_loopback(name) or (self._is_open and _is_address(name)))

    def _https_only(self, send: Send) -> Send:
        async def secure(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Strict-Transport-Security"] = A_YEAR
            await send(message)

        return secure


def _came_by_tls(headers: Headers) -> bool:
    """Whether a proxy says that the browser spoke https."""
    said = f"{headers.get('x-forwarded-proto', '')},{headers.get('forwarded', '')}".lower()
    return "https" in said or headers.get("x-forwarded-ssl", "").lower() == "on"


def _host(header: bytes) -> str:
    """The name in a Host header; empty when it is none."""
    try:
        return urlsplit(f"//{header.decode('ascii')}").hostname or ""
    except ValueError:
        return ""


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
