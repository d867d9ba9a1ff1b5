"""What subscribers receive, for the description of the interface."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from activities.publishing import PREFIX, TYPES

HEADERS = {
    "webhook-id": "The event's id, the same on every attempt: what was received is known by it.",
    "webhook-timestamp": "Seconds since 1970 of this attempt: refuse what is older than a few minutes.",
    "webhook-signature": "`v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body` with the secret's bytes.",
}


class EventOut(BaseModel):
    """A CloudEvent 1.0: `subject` is a SIREN, `sequence` grows with each event; `data` holds nothing personal."""

    model_config = ConfigDict(extra="forbid")

    specversion: Literal["1.0"]
    id: UUID
    source: str = Field(examples=["parcours/urssaf-idf"])
    type: str = Field(json_schema_extra={"enum": [PREFIX + name for name in TYPES]})
    subject: str = Field(examples=["732829320"])
    time: datetime
    sequence: str
    datacontenttype: Literal["application/json"]
    data: dict[str, Any]


def webhooks() -> dict[str, Any]:
    """The `webhooks` of OpenAPI 3.1."""
    parameters = [
        {"name": name, "in": "header", "required": True, "description": text, "schema": {"type": "string"}}
        for name, text in HEADERS.items()
    ]
    operation = {
        "summary": "Event out",
        "description": "Sent to a subscriber's URL. Answer 2xx within ten seconds; anything else is tried again.",
        "parameters": parameters,
        "requestBody": {
            "required": True,
            "content": {"application/cloudevents+json": {"schema": EventOut.model_json_schema()}},
        },
        "responses": {"2XX": {"description": "Received"}},
    }
    return {"event": {"post": operation}}
