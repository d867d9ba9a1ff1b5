"""The body of `POST /v1/events` for OpenAPI: three modes, one schema per event type."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import models_json_schema

from activities.inbound import EVENT_TYPES, PREFIX
from api.events.cloudevents import BATCH, BATCH_LIMIT, BINARY, STRUCTURED
from api.events.envelope import needs_data

REF = "#/components/schemas/"
EXAMPLE = {
    "specversion": "1.0",
    "id": "2026-000123",
    "source": "urssaf/idf/recouvrement",
    "type": "fr.urssaf.contribution.due",
    "subject": "732829320",
    "time": "2026-01-15T08:30:00+01:00",
    "data": {"account": "117000001234", "period": "2026-01", "due_on": "2026-02-16", "amount": "1240.50"},
}
TEXT = {"type": "string", "minLength": 1, "maxLength": 200}
ATTRIBUTES: dict[str, Any] = {
    "specversion": {"const": "1.0"},
    "id": {**TEXT, "description": "With `source`, identifies the event for ever."},
    "source": {**TEXT, "format": "uri-reference"},
    "type": {"enum": [PREFIX + name for name in EVENT_TYPES]},
    "subject": {"type": "string", "description": "SIREN or SIRET of the enterprise."},
    "time": {"type": "string", "format": "date-time", "description": "When it happened; now when absent."},
}
REQUIRED = ["specversion", "id", "source", "type", "subject"]


def schemas() -> dict[str, Any]:
    """Components: the data of each type, and the events they come in."""
    models = [(model, "validation") for model in dict.fromkeys(EVENT_TYPES.values())]
    _, definitions = models_json_schema(models, ref_template=f"{REF}{{model}}")  # type: ignore[arg-type]
    return {**definitions["$defs"], "CloudEvent": {"oneOf": [_event(name) for name in EVENT_TYPES]}}


def _event(name: str) -> dict[str, Any]:
    data = {"$ref": REF + EVENT_TYPES[name].__name__}
    return {
        "title": name,
        "type": "object",
        "properties": {**ATTRIBUTES, "type": {"const": PREFIX + name}, "data": data},
        "required": [*REQUIRED, "data"] if needs_data(name) else REQUIRED,
    }


def _body() -> dict[str, Any]:
    event = {"$ref": f"{REF}CloudEvent"}
    batch = {"type": "array", "items": event, "maxItems": BATCH_LIMIT}
    data = {"anyOf": [{"$ref": REF + name} for name in dict.fromkeys(m.__name__ for m in EVENT_TYPES.values())]}
    return {
        "required": True,
        "content": {
            STRUCTURED: {"schema": event, "example": EXAMPLE},
            BATCH: {"schema": batch, "example": [EXAMPLE]},
            BINARY: {"schema": data, "example": EXAMPLE["data"]},
        },
    }


def _header(name: str) -> dict[str, Any]:
    text = "Binary mode only, percent-encoded."
    return {"name": f"ce-{name}", "in": "header", "required": False, "description": text, "schema": {"type": "string"}}


OPERATION: dict[str, Any] = {"requestBody": _body(), "parameters": [_header(name) for name in ATTRIBUTES]}
"""Added to the operation, whose body FastAPI does not read itself."""
