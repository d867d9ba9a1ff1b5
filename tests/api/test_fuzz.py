from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
import schemathesis
import uvicorn
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks
from sqlalchemy.ext.asyncio import AsyncEngine

from api import cursors
from api.events.cloudevents import read_events
from api.events.envelope import Invalid, check
from api.problems import Problem
from tests.api.examples import SIREN, add_cases, add_task, event

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
ATTRIBUTE = st.sampled_from(["specversion", "id", "source", "type", "subject", "time", "data", "datacontenttype"])


@given(ATTRIBUTE, JSON)
def test_any_value_of_any_attribute_is_taken_or_refused_never_a_crash(name: str, value: Any) -> None:
    with contextlib.suppress(Invalid):
        check(event() | {name: value})


@given(st.sampled_from(["account", "period", "due_on", "amount", "employee_share"]), JSON)
def test_any_value_of_any_data_is_taken_or_refused_never_a_crash(name: str, value: Any) -> None:
    with contextlib.suppress(Invalid):
        taken = check(event() | {"data": {**event()["data"], name: value}})
        assert "\0" not in str(taken.data)


@given(st.text(max_size=40), st.dictionaries(st.sampled_from(["ce-id", "ce-time"]), st.text()), st.binary())
def test_any_body_is_read_or_a_problem(content_type: str, headers: dict[str, str], body: bytes) -> None:
    with contextlib.suppress(Problem):
        read_events({"content-type": content_type, **headers}, body)
    with contextlib.suppress(Problem):
        read_events({"content-type": "application/json", **headers}, b"{}")


@given(st.lists(st.text(alphabet=st.characters(exclude_characters="|", codec="utf-8")), min_size=1, max_size=3))
def test_a_cursor_gives_back_what_it_was_made_of(parts: list[str]) -> None:
    assert cursors.decode(cursors.encode(*parts), len(parts)) == parts


@given(st.text())
def test_any_text_is_a_cursor_or_a_problem(text: str) -> None:
    with contextlib.suppress(Problem):
        cursors.decode(text, 1)


@pytest.fixture
async def served(app: FastAPI) -> AsyncIterator[str]:
    """Address of the application on a free loopback port."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", ws="none"))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = server.force_exit = True
    await serving
    listener.close()


CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
]


KNOWN = {"siren": SIREN, "plan": "p-1", "appointment": "a-1"}


@pytest.mark.usefixtures("answering")
async def test_every_operation_keeps_to_its_description(served: str, engine: AsyncEngine) -> None:
    await add_cases(engine)
    await add_task(engine)
    schema = await asyncio.to_thread(schemathesis.openapi.from_url, f"{served}/openapi.json")
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) > 35
    for operation in operations:
        if operation.path != "/readyz":
            await asyncio.to_thread(_explore, operation, served)


def _explore(operation: schemathesis.APIOperation, served: str) -> None:
    @settings(max_examples=10, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(operation.as_strategy(), st.booleans())
    def conforms(case: schemathesis.Case, known: bool) -> None:
        if known:
            case.path_parameters |= {name: KNOWN[name] for name in case.path_parameters if name in KNOWN}
        case.call_and_validate(base_url=served, headers={"Authorization": "Bearer admin-idf-token"}, checks=CHECKS)

    conforms()
