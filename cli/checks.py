"""The checks of `parcours doctor`: each returns what it found or raises an error that says what to do."""

from __future__ import annotations

import base64
import binascii
import os
import re
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_der_public_key
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio.api.common.v1 import Payload, WorkflowExecution
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest, GetWorkflowExecutionHistoryRequest
from temporalio.client import Client

from config.environment import shortcomings
from config.errors import OperatorError, SettingsError
from config.misspelt import misspelt
from config.policies import load_policies
from config.running import running
from config.settings import Settings, uses_invented, variable_named
from config.temporal import ENCRYPTED, connect_with
from notifications.sms import valid_sender

MEGABYTE = 1_000_000
ROOM_NEEDED = 256 * MEGABYTE
PATIENCE = timedelta(seconds=3)
INPUTS_READ = 10
NAMED = 5
"""Enterprises named in one line."""
ACCOUNT_SID = re.compile(r"AC[0-9a-f]{32}")
AUTH_TOKEN = re.compile(r"[0-9a-f]{32}")
API_KEY = re.compile(r"SG\.[\w-]+\.[\w-]+")


async def settings_in_force(settings: Settings) -> str:
    """Where this process keeps things, with room to go on, what it invented, and nothing that a start refuses."""
    room = _room(settings.home)
    _check_environment(settings)
    invented = uses_invented(settings)
    here = running(settings.home)
    served = f"`parcours up` serves {here.api_url}" if here else "no `parcours up` runs on it"
    links = (here and here.public_url) or settings.public_url
    return (
        f"{settings.environment}, home {settings.home} with {room / MEGABYTE:.0f} MB free, "
        f"{'development' if invented else 'configured'} credentials, {served}, links to {links}"
    )


def _check_environment(settings: Settings) -> None:
    refused = [f"{variable_named(name)}: {remedy}" for name, remedy in shortcomings(settings).items()]
    if problems := [*refused, *misspelt(os.environ)]:
        raise SettingsError("\n    ".join(problems))


def _room(home: Path) -> int:
    """Bytes free where the embedded parts store, enough for what they write between two looks."""
    folder = next(it for it in (home.absolute(), *home.absolute().parents) if it.exists())
    free = shutil.disk_usage(folder).free
    if free < ROOM_NEEDED:
        raise OperatorError(
            f"{free / MEGABYTE:.0f} MB free for PARCOURS_HOME {home}: make room, or stop and move it, before it is full"
        )
    return free


async def policies(settings: Settings) -> str:
    """Every policy file is read and checked against the national floor."""
    return f"{len(load_policies(settings.policies))} organisations in {settings.policies}"


async def database(settings: Settings) -> str:
    """PostgreSQL answers."""
    async with _connected(settings) as connection:
        return f"PostgreSQL {(await connection.execute(text('SHOW server_version'))).scalar_one()}"


@asynccontextmanager
async def _connected(settings: Settings) -> AsyncIterator[AsyncConnection]:
    """One connection to the database, for one check."""
    from db.engine import make_engine

    engine = make_engine(settings.required_database_url, pool_size=1)
    try:
        async with engine.connect() as connection:
            yield connection
    finally:
        await engine.dispose()


async def migrations(settings: Settings) -> str:
    """The database is at the version of this code, or beyond it: an older version works on a newer schema."""
    from db.migrate import schema

    found = await schema(settings.required_database_url)
    if found.is_newer:
        return f"at version {found.revision}, newer than this code ({found.newest}), which works on it"
    if found.is_behind:
        raise OperatorError(f"at {found.revision or 'nothing'}, the code wants {found.newest}: run `parcours migrate`")
    return f"at version {found.newest}"


async def login(settings: Settings) -> str:
    """What is connected as may read and write rows and no more; in development another login is a word only."""
    from db.roles import rights_beyond_rows

    async with _connected(settings) as connection:
        beyond, name = await rights_beyond_rows(connection), connection.engine.url.username
    if not beyond:
        return f"{name} reads and writes rows, and no more"
    found = f"{name} {', '.join(beyond)}"
    if settings.is_production:
        raise OperatorError(
            f"{found}: put this URL into PARCOURS_MIGRATION_DATABASE_URL, for `parcours migrate` alone, and another "
            "login, which that creates, into PARCOURS_DATABASE_URL"
        )
    return f"{found}: in production this is an error"


async def events(settings: Settings) -> str:
    """No event waits for an administrator."""
    from db.migrate import schema
    from db.unapplied import counted

    if (await schema(settings.required_database_url)).revision == "":
        raise OperatorError("no table yet: run `parcours migrate`")
    async with _connected(settings) as connection:
        rows = await counted(connection)
    if rows:
        many, more = sum(row.many for row in rows), ", …" if len(rows) > NAMED else ""
        raise OperatorError(
            f"{many} set aside, of {', '.join(row.siren for row in rows[:NAMED])}{more}: an administrator retries or "
            "refuses them in the console (Administration) or at /v1/set-aside-events"
        )
    return "none is set aside"


async def temporal(settings: Settings) -> str:
    """Temporal answers, knows the namespace, and what journeys were started with can be read with our key."""
    client = await connect_with(settings, patience=PATIENCE)
    request = DescribeNamespaceRequest(namespace=settings.temporal_namespace)
    await client.workflow_service.describe_namespace(request, timeout=PATIENCE)
    read = await _read_inputs(client)
    inputs = f", what {read} journeys were started with is readable" if read else ""
    return f"{settings.temporal_address}, namespace {settings.temporal_namespace}{inputs}"


async def _read_inputs(client: Client) -> int:
    """How many of some running journeys were looked at; raise OperatorError when one cannot be read."""
    read = 0
    async for run in client.list_workflows("ExecutionStatus = 'Running'", limit=INPUTS_READ, rpc_timeout=PATIENCE):
        execution = WorkflowExecution(workflow_id=run.id, run_id=run.run_id)
        asked = GetWorkflowExecutionHistoryRequest(namespace=client.namespace, execution=execution, maximum_page_size=1)
        history = await client.workflow_service.get_workflow_execution_history(asked, timeout=PATIENCE)
        await _decode(client, history.history.events[0].workflow_execution_started_event_attributes.input.payloads)
        read += 1
    return read


async def _decode(client: Client, payloads: Sequence[Payload]) -> None:
    codec = client.data_converter.payload_codec
    if codec:
        await codec.decode(payloads)
    elif any(payload.metadata.get("encoding") == ENCRYPTED for payload in payloads):
        raise OperatorError("journeys were started with a payload key: set PARCOURS_PAYLOAD_KEY to it, or add it")


async def letters(settings: Settings) -> str:
    """No letter waits because a provider refuses our account."""
    from db.ledger import refused_to_account

    async with _connected(settings) as connection:
        waiting = await refused_to_account(connection)
    if waiting:
        said = ", ".join(f"{count} by {provider} ({reason.rpartition(' ')[2]})" for provider, reason, count in waiting)
        raise OperatorError(f"the provider refuses our account: {said} wait; docs/runbook.md#parcoursprovideraccount")
    return "none waits for our account to be put right"


async def sms(settings: Settings) -> str:
    """The SMS provider's credentials have the right shape; none is called."""
    if settings.sms == "outbox":
        return "kept in the outbox"
    _expect("TWILIO_ACCOUNT_SID", settings.twilio_account_sid, ACCOUNT_SID, "AC and 32 hexadecimal digits")
    _expect("TWILIO_AUTH_TOKEN", _plain(settings.twilio_auth_token), AUTH_TOKEN, "32 hexadecimal digits")
    if not valid_sender(settings.twilio_from or ""):
        raise SettingsError("PARCOURS_TWILIO_FROM: give an E.164 number or a name of at most 11 letters or digits")
    return f"Twilio, from {settings.twilio_from}"


async def mail(settings: Settings) -> str:
    """The mail provider's credentials have the right shape; none is called."""
    if settings.mail == "outbox":
        return "kept in the outbox"
    _expect("SENDGRID_API_KEY", _plain(settings.sendgrid_api_key), API_KEY, "SG.….…")
    try:
        load_der_public_key(base64.b64decode(settings.sendgrid_webhook_key or "", validate=True))
    except (binascii.Error, ValueError, UnsupportedAlgorithm):
        raise SettingsError("PARCOURS_SENDGRID_WEBHOOK_KEY: copy the verification key of the event webhook") from None
    return f"SendGrid, from {settings.mail_from}"


def _expect(variable: str, value: str | None, shape: re.Pattern[str], described: str) -> None:
    if not shape.fullmatch(value or ""):
        raise SettingsError(f"{variable}: expected {described}")


def _plain(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None
