"""How often one session may ask for a page, and one address try to sign in."""

from __future__ import annotations

from typing import Any

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import Response
from starlette.types import Scope

from config.rates import Meter, Standing
from config.settings import Settings
from web.console.doors import SIGN_IN
from web.console.openid import START
from web.rendering import page

PAGES_PER_MINUTE = 600
SIGN_INS_PER_MINUTE = 300


def limits(settings: Settings) -> dict[str, Any]:
    """What :class:`RateLimited` is told for the console."""
    return {
        "prefix": "/console",
        "meters": (
            Meter(min(PAGES_PER_MINUTE, settings.calls_per_minute)),
            Meter(min(SIGN_INS_PER_MINUTE, settings.failures_per_minute)),
        ),
        "client": _session,
        "is_known": lambda scope: "csrf" in scope.get("state", ()),
        "is_failure": _is_unknown,
        "refuse": _refuse,
    }


def _session(headers: Any) -> str | None:
    cookies = cookie_parser(headers.get("cookie", ""))
    return cookies.get("__Host-parcours") or cookies.get("parcours")


def _is_unknown(scope: Scope, status: int) -> bool:
    """A sign-in begun or failed, or a page asked for with a cookie of nobody: anybody may invent one."""
    path: str = scope["path"]
    if path == START or path.startswith(SIGN_IN):
        return path == START or status >= 400
    return status == 303 and _session(Headers(scope=scope)) is not None


def _refuse(standing: Standing) -> Response:
    answer = page("console/too_many", status=429, seconds=standing.wait)
    answer.headers.update(standing.headers)
    return answer
