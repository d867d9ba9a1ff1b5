"""Errors as RFC 9457 problems; `detail` says what to do and repeats nothing personal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, JsonValue
from starlette.exceptions import HTTPException

from db.trouble import UNREACHABLE, is_passing

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 5

KINDS = {
    400: ("invalid-request", "The request is not valid"),
    401: ("unauthenticated", "A valid token is needed"),
    403: ("forbidden", "Not allowed"),
    404: ("not-found", "Not found"),
    405: ("method-not-allowed", "This method is not offered here"),
    409: ("conflict", "In conflict with the present state"),
    413: ("too-large", "Too large"),
    415: ("unsupported-media-type", "This content type is not read here"),
    422: ("key-reused", "This Idempotency-Key stands for another request"),
    429: ("too-many-requests", "Too many requests"),
    500: ("internal-error", "Something failed on our side"),
    503: ("unavailable", "Temporarily unavailable"),
}
DETAILS = {
    404: "Nothing is here: check the address against /openapi.json.",
    405: "Use one of the methods of the Allow header.",
    500: "Try again; if it goes on, give the X-Request-Id of this answer to the operator.",
}

log = structlog.stdlib.get_logger("parcours.api")


@dataclass(frozen=True)
class Fault:
    """One thing wrong with the input; `pointer` is a JSON pointer into it."""

    pointer: str
    detail: str

    def __str__(self) -> str:
        return f"{self.pointer}: {self.detail}" if self.pointer else self.detail


class FaultBody(BaseModel):
    """One thing wrong with the input."""

    pointer: str = Field(examples=["/data/amount"])
    detail: str


class ProblemBody(BaseModel):
    """RFC 9457. `rule` is the rule of the journey that refuses, when one does; `slots` are free instead."""

    type: str = Field(examples=["/problems/not-found"])
    title: str
    status: int
    detail: str
    rule: str | None = None
    errors: list[FaultBody] | None = None
    slots: list[str] | None = None


class Problem(HTTPException):
    """Raise it anywhere under a request; `members` are added to the body."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        errors: Iterable[Fault] = (),
        headers: Mapping[str, str] | None = None,
        **members: JsonValue,
    ) -> None:
        super().__init__(status, detail, dict(headers) if headers else None)
        self.members: dict[str, Any] = dict(members)
        if faults := [asdict(fault) for fault in errors]:
            self.members["errors"] = faults


def unavailable(detail: str) -> Problem:
    """503: nothing was done, or it is safe to repeat."""
    return Problem(503, detail, headers={"Retry-After": str(RETRY_SECONDS)})


def answer(problem: HTTPException) -> JSONResponse:
    """The response of a problem."""
    kind, title = KINDS.get(problem.status_code, ("error", "Error"))
    body = {"type": f"/problems/{kind}", "title": title, "status": problem.status_code, "detail": problem.detail}
    members = problem.members if isinstance(problem, Problem) else {}
    return JSONResponse(body | members, problem.status_code, problem.headers, MEDIA_TYPE)


def faults_of(errors: Iterable[Mapping[str, Any]], prefix: str = "") -> list[Fault]:
    """The faults of a pydantic error, never repeating the input."""
    return [Fault(prefix + pointer(*detail["loc"]), detail["msg"].removeprefix("Value error, ")) for detail in errors]


def pointer(*steps: str | int) -> str:
    """A JSON pointer (RFC 6901); what is no character in a key is shown as a question mark."""
    whole = "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in steps)
    return whole.encode(errors="replace").decode()


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems an operation may answer, for OpenAPI; 429, 500 and 503 go without saying."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemBody"}}}
    return {
        status: {"description": KINDS[status][1], "content": content} for status in sorted({*statuses, 429, 500, 503})
    }


def handle_with(app: FastAPI) -> None:
    """Turn errors of `app` into problems; those of what is sent wait for `on_invalid`, which not everybody is told."""
    app.add_exception_handler(HTTPException, on_http)
    for kind in UNREACHABLE:
        app.add_exception_handler(kind, _on_database)


async def on_http(_: Request, error: Exception) -> JSONResponse:
    """The problem itself, or the one that a bare status stands for."""
    if not isinstance(error, HTTPException):
        raise error
    if not isinstance(error, Problem) and error.status_code in DETAILS:
        error = Problem(error.status_code, DETAILS[error.status_code], headers=error.headers)
    return answer(error)


async def on_invalid(_: Request, error: Exception) -> JSONResponse:
    """400, with each fault of the request."""
    if not isinstance(error, RequestValidationError):
        raise error
    faults = [_of_request(detail) for detail in error.errors()]
    return answer(Problem(400, "Correct what `errors` names and send it again.", errors=faults))


def _of_request(detail: Mapping[str, Any]) -> Fault:
    where, *steps = detail["loc"]
    steps = [] if detail["type"] == "json_invalid" else steps
    return faults_of([{**detail, "loc": steps if where == "body" else (where, *steps)}])[0]


async def _on_database(_: Request, error: Exception) -> JSONResponse:
    if not is_passing(error):
        raise error
    log.warning("the database does not answer", error=type(error).__name__)
    return answer(unavailable("The database does not answer: send the same request again later, it is safe."))
