"""CloudEvents 1.0 over HTTP: structured, batch and binary mode, told apart by Content-Type.

Source: cloudevents.io, HTTP protocol binding 1.0.2, section 3.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from functools import lru_cache
from typing import Any, NoReturn
from urllib.parse import unquote_to_bytes

from pydantic_core import from_json

from api.problems import Problem

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
BINARY = "application/json"
EVENT_FORMATS = "application/cloudevents"
"""How the media types of all event formats begin: none of them is data in binary mode."""

JSON_TYPE = re.compile(r"[\w!#$&^.+-]+/(?:[\w!#$&^.+-]+\+)?json", re.ASCII | re.IGNORECASE)
UTF_8 = ("utf-8", "utf8", "us-ascii", "ascii")
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
BATCH_LIMIT = 10_000


@dataclass(frozen=True)
class Incoming:
    """Events as they came, unchecked; `batch` is false for one event on its own."""

    events: list[Any]
    batch: bool


def read_events(headers: Mapping[str, str], body: bytes) -> Incoming:
    """The events of a request; raises a 400, 413 or 415 problem."""
    content_type = headers.get("content-type", "")
    mode = _mode(content_type) if content_type or "ce-specversion" not in headers else BINARY
    if mode == BINARY:
        return Incoming([_in_headers(headers, body)], batch=False)
    content = _parsed(body)
    return Incoming(_limited(content), batch=True) if mode == BATCH else Incoming([content], batch=False)


def is_json(content_type: str) -> bool:
    """Whether a media type, whatever its case and parameters, says JSON."""
    return JSON_TYPE.fullmatch(content_type.partition(";")[0].strip()) is not None


@lru_cache(maxsize=64)
def _mode(content_type: str) -> str:
    header = Message()
    header["content-type"] = content_type
    mode, charset = header.get_content_type(), str(header.get_param("charset", "utf-8"))
    if is_json(mode) and not mode.startswith(EVENT_FORMATS):
        mode = BINARY
    if mode not in (STRUCTURED, BATCH, BINARY) or charset.lower() not in UTF_8:
        raise Problem(415, f"Send {STRUCTURED}, {BATCH}, or {BINARY} with ce- headers, in UTF-8.")
    return mode


def _in_headers(headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """An event in binary mode: its attributes in headers, its data, if it has any, in the body."""
    attributes = _attributes(headers) | {"datacontenttype": headers.get("content-type")}
    return attributes | {"data": _parsed(body)} if body.strip() else attributes


def _parsed(body: bytes) -> Any:
    body = body.removeprefix(BYTE_ORDER_MARK)
    try:
        return from_json(body, allow_inf_nan=False)
    except ValueError as error:
        return _with_surrogates(body, str(error))


def _with_surrogates(body: bytes, problem: str) -> Any:
    """JSON whose strings hold halves of surrogate pairs: one event of a batch is refused for it, not all of them."""
    try:
        return json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Problem(400, f"The body is not JSON: {problem}.") from None


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _limited(content: Any) -> list[Any]:
    if not isinstance(content, list):
        raise Problem(400, "A batch is a JSON array of events.")
    if len(content) > BATCH_LIMIT:
        raise Problem(413, f"A batch holds at most {BATCH_LIMIT} events: send these in several.")
    return content


def _attributes(headers: Mapping[str, str]) -> dict[str, Any]:
    return {name[3:]: _decoded(name, value) for name, value in headers.items() if name.startswith("ce-")}


def _decoded(name: str, value: str) -> str:
    """Percent-decoded (section 3.1.3.2), as UTF-8 where a sender did not encode it."""
    if len(value) >= 2 and value[0] == value[-1] == '"':
        value = re.sub(r"\\(.)", r"\1", value[1:-1])
    try:
        return unquote_to_bytes(value.encode("latin-1")).decode()
    except UnicodeError:
        raise Problem(400, f"The header {name} is not UTF-8 once percent-decoded.") from None
