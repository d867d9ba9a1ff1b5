"""How often one token may call, and one address fail to show a good one."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from api.problems import Problem, answer
from config.rates import Meter, Standing
from config.settings import Settings


def limits(settings: Settings) -> dict[str, Any]:
    """What :class:`RateLimited` is told for the API."""
    return {
        "prefix": "/v1/",
        "meters": (Meter(settings.calls_per_minute), Meter(settings.failures_per_minute)),
        "client": lambda headers: headers.get("authorization"),
        "is_known": lambda scope: "caller" in scope.get("state", ()),
        "is_failure": lambda _scope, status: status == 401,
        "refuse": _refuse,
    }


def _refuse(standing: Standing) -> Response:
    detail = "This client calls too often: wait for the seconds of Retry-After."
    return answer(Problem(429, detail, headers=standing.headers))
