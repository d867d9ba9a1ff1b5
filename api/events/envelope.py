"""One event checked: the attributes of CloudEvents, then the data of its type."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, StringConstraints, ValidationError
from pydantic_core import from_json

from activities.inbound import EVENT_TYPES, PREFIX
from api.events.cloudevents import is_json
from api.problems import Fault, faults_of, pointer
from db.events import OWN_SOURCES
from domain.identifiers import siren_of
from domain.texts import checked

RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
LEAP_SECOND = re.compile(r"(?<=\d\d:\d\d):60")
EARLIEST, LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
JSON_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "object": (dict,),
    "null": (type(None),),
}


class Invalid(Exception):
    """An event that cannot be taken."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = faults


def _foreign(value: str) -> str:
    if value.startswith(OWN_SOURCES):
        raise ValueError(f"sources beginning with {OWN_SOURCES} are kept for Parcours itself: use your own")
    return value


def _known(value: str) -> str:
    name = value.removeprefix(PREFIX)
    if name == value or name not in EVENT_TYPES:
        raise ValueError(f"not a known type: the types begin with {PREFIX}, see /openapi.json")
    return name


def _json(value: str) -> str:
    if not is_json(value):
        raise ValueError("only JSON data is read: application/json")
    return value


def _instant(value: object) -> datetime | None:
    if value is None:
        return None
    if not isinstance(value, str) or not RFC3339.fullmatch(value):
        raise ValueError("write it as in RFC 3339, with an offset: 2026-01-15T08:30:00+01:00")
    instant = datetime.fromisoformat(LEAP_SECOND.sub(":59", value.upper()))
    if not EARLIEST.timestamp() <= instant.timestamp() < LATEST.timestamp():
        raise ValueError("give an instant between 1990 and 2100")
    return instant


Name = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(checked)]


class CloudEvent(BaseModel):
    """The envelope; once checked, `type` has lost its prefix and `subject` is a SIREN."""

    model_config = ConfigDict(frozen=True, strict=True)

    specversion: Literal["1.0"]
    id: Name
    source: Annotated[Name, AfterValidator(_foreign)]
    type: Annotated[str, AfterValidator(_known)]
    subject: Annotated[str, StringConstraints(max_length=30), AfterValidator(siren_of)]
    time: Annotated[datetime | None, BeforeValidator(_instant)] = None
    datacontenttype: Annotated[str | None, AfterValidator(lambda it: it and _json(it))] = None
    data: Any = None
    data_base64: str | None = None


def check(raw: object) -> CloudEvent:
    """The event, its data in the one form that is stored; raises Invalid with everything that is wrong."""
    try:
        event = CloudEvent.model_validate(raw)
    except ValidationError as error:
        raise Invalid(faults_of(error.errors(include_url=False))) from None
    data = event.data if event.data_base64 is None else _decoded(event)
    return event.model_copy(update={"data": _data(event.type, data), "data_base64": None})


def _decoded(event: CloudEvent) -> Any:
    """The JSON of data sent as bytes (JSON event format, section 3.1.1)."""
    if event.data is not None:
        raise Invalid([Fault("/data_base64", "send `data` or `data_base64`, not both")])
    try:
        return from_json(base64.b64decode(event.data_base64 or "", validate=True), allow_inf_nan=False)
    except ValueError:
        raise Invalid([Fault("/data_base64", "JSON in Base64 is expected")]) from None


def _data(kind: str, data: Any) -> dict[str, Any]:
    """Pydantic turns `"3"` into 3 and 0 into a day: what JSON announces as another type is refused before."""
    if data is None and not needs_data(kind):
        data = {}
    if mistyped := _mistyped(kind, data):
        raise Invalid(mistyped)
    try:
        return EVENT_TYPES[kind].model_validate(data).model_dump(mode="json", exclude_unset=True)
    except ValidationError as error:
        raise Invalid(faults_of(error.errors(include_url=False), "/data")) from None


def _mistyped(kind: str, data: Any) -> list[Fault]:
    if not isinstance(data, dict):
        return [Fault("/data", "Field required" if data is None else "an object is expected")]
    return [
        Fault(pointer("data", name), f"expected {' or '.join(names)}")
        for name, names in _expected(kind).items()
        if name in data and not _is_one_of(data[name], names)
    ]


def _is_one_of(value: object, names: tuple[str, ...]) -> bool:
    return not isinstance(value, bool) and any(isinstance(value, JSON_TYPES[name]) for name in names)


@cache
def needs_data(kind: str) -> bool:
    """Whether an event of that type says nothing without data."""
    return any(field.is_required() for field in EVENT_TYPES[kind].model_fields.values())


@cache
def _expected(kind: str) -> dict[str, tuple[str, ...]]:
    properties = EVENT_TYPES[kind].model_json_schema()["properties"]
    return {name: tuple(_types(schema)) for name, schema in properties.items()}


def _types(schema: dict[str, Any]) -> list[str]:
    if "anyOf" in schema:
        return sorted({name for option in schema["anyOf"] for name in _types(option)})
    return ["object"] if "$ref" in schema else [schema["type"]]
