"""The body of SendGrid's event webhook: an array, whose elements are read one by one when it cannot be read whole."""

import json
import re
from typing import Any, NoReturn

# What opens, closes and separates, and strings to pass over: of bytes that decode to nothing else.
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},]', re.DOTALL)
UNREADABLE = (ValueError, RecursionError)


def elements(body: bytes) -> list[object]:
    """The elements of the array, ``None`` for one that cannot be read; raise ValueError when it is no array."""
    text = body.decode("utf-8-sig", errors="replace").strip()
    if not (text.startswith("[") and text.endswith("]")):
        raise ValueError("not an array")
    try:
        return list(_loaded(text))
    except UNREADABLE:
        return [_readable(part) for part in _parts(text)]


def _readable(part: str) -> object:
    try:
        return _loaded(part)
    except UNREADABLE:
        return None


def _loaded(text: str) -> Any:
    return json.loads(text, parse_constant=_refuse)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _parts(array: str) -> list[str]:
    """The text of each element; raise ValueError when brackets do not match."""
    depth, began, parts = 0, 1, []
    for found in TOKEN.finditer(array):
        token = found[0]
        ends = depth == 1 and token in (",", "]")
        depth += (token in ("[", "{")) - (token in ("]", "}"))
        if ends:
            parts.append(array[began : found.start()])
            began = found.end()
        if depth == 0 and found.end() < len(array):
            raise ValueError("more than an array")
    if depth:
        raise ValueError("brackets do not match")
    return parts
