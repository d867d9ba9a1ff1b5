"""The providers' own descriptions of their API, where they stand beside the project."""

import json
from pathlib import Path
from typing import Any

from openapi_core import OpenAPI
from openapi_core.contrib.starlette import StarletteOpenAPIRequest
from openapi_core.exceptions import OpenAPIError
from starlette.requests import Request

FOLDER = Path(__file__).parents[3] / "shared" / "providers"
AVAILABLE = FOLDER.is_dir()


def description(name: str, server: str) -> OpenAPI | None:
    """The description with its known faults mended, for a fake at that address; None where it is absent."""
    if not AVAILABLE:
        return None
    spec = json.loads((FOLDER / f"{name}.json").read_text())
    _serve_from(spec, server)
    _type_custom_args(spec)
    return OpenAPI.from_dict(spec)


def _serve_from(spec: dict[str, Any], server: str) -> None:
    spec["servers"] = [{"url": server}]
    for path in spec["paths"].values():
        path.pop("servers", None)


def _type_custom_args(spec: dict[str, Any]) -> None:
    """SendGrid's top-level `custom_args` is an object, described as a string."""
    mail = spec["components"].get("requestBodies", {}).get("PostMailSend")
    if mail:
        schema = mail["content"]["application/json"]["schema"]
        schema["properties"]["custom_args"] = {"type": "object", "additionalProperties": {"type": "string"}}


async def problem(api: OpenAPI | None, request: Request) -> str | None:
    """Why the description refuses this request, or None."""
    if api is None:
        return None
    try:
        api.validate_request(StarletteOpenAPIRequest(request, await request.body()))
    except OpenAPIError as error:
        return f"{error}: {getattr(error.__cause__, 'schema_errors', error.__cause__)}"
    return None
