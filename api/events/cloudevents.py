"""CloudEvents 1.0 over HTTP: structured, batch and binary mode, told apart by Content-Type.

Source: cloudevents.io, HTTP protocol binding 1.0.2, section 3.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from pydantic_core import from_json

from api.problems import Problem

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
BINARY = "application/json"
BATCH_LIMIT = 10_000


@dataclass(frozen=True)
class Incoming:
    """Events as they came, unchecked; `batch` is false for one event on its own."""

    events: list[Any]
    batch: bool


def read_events(headers: Mapping[str, str], body: bytes) -> Incoming:
    """The events of a request; raises a 400, 413 or 415 problem."""
    mode = _mode(headers.get("content-type", ""))
    content = _parsed(body)
    if mode == BATCH:
        return Incoming(_limited(content), batch=True)
    return Incoming([content if mode == STRUCTURED else _attributes(headers) | {"data": content}], batch=False)


@lru_cache(maxsize=64)
def _mode(content_type: str) -> str:
    header = Message()
    header["content-type"] = content_type
    mode, charset = header.get_content_type(), str(header.get_param("charset", "utf-8"))
    if mode not in (STRUCTURED, BATCH, BINARY) or charset.lower() not in ("utf-8", "utf8"):
        raise Problem(415, f"Send {STRUCTURED}, {BATCH}, or {BINARY} with ce- headers, in UTF-8.")
    return mode


def _parsed(body: bytes) -> Any:
    try:
        return from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise Problem(400, f"The body is not JSON: {error}.") from None


def _limited(content: Any) -> list[Any]:
    if not isinstance(content, list):
        raise Problem(400, "A batch is a JSON array of events.")
    if len(content) > BATCH_LIMIT:
        raise Problem(413, f"A batch holds at most {BATCH_LIMIT} events: send these in several.")
    return content


def _attributes(headers: Mapping[str, str]) -> dict[str, Any]:
    return {name[3:]: _decoded(name, value) for name, value in headers.items() if name.startswith("ce-")}


def _decoded(name: str, value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] == '"':
        value = re.sub(r"\\(.)", r"\1", value[1:-1])
    try:
        return unquote(value, errors="strict")
    except UnicodeDecodeError:
        raise Problem(400, f"The header {name} is not UTF-8 once percent-decoded.") from None
