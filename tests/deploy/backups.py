"""PostgreSQL's own commands, as the operations guide runs them, on the embedded server."""

from __future__ import annotations

import asyncio
import importlib.util
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

from config.embedded.postgres import VERSION, WHEEL, EmbeddedPostgres
from db.roles import open_to_application

_numbers = count(1)


def command(name: str) -> Path:
    found = importlib.util.find_spec(WHEEL)
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / f"pginstall{VERSION}" / "bin" / name


async def dump(url: str, file: Path) -> None:
    """`pg_dump --format=custom`, while whoever works goes on working."""
    await _run("pg_dump", "--format=custom", f"--file={file}", url=url)


@asynccontextmanager
async def restored(server: EmbeddedPostgres, file: Path) -> AsyncIterator[str]:
    """URL of a new database filled from the file by `pg_restore`."""
    name = f"restored_{next(_numbers)}"
    await server.execute(f"CREATE DATABASE {name}")
    url = server.url_of(name)
    await _run("pg_restore", "--exit-on-error", "--no-owner", f"--dbname={name}", str(file), url=url)
    await open_to_application(url, server.application_url_of(name))
    yield url
    await server.execute(f"DROP DATABASE {name} WITH (FORCE)")


async def _run(name: str, *arguments: str, url: str) -> None:
    to = urlsplit(url)
    server = {"PGHOST": to.hostname, "PGPORT": str(to.port), "PGUSER": to.username, "PGPASSWORD": to.password}
    environment = os.environ | {key: value or "" for key, value in server.items()} | {"PGDATABASE": to.path[1:]}
    process = await asyncio.create_subprocess_exec(
        command(name), *arguments, env=environment, stderr=asyncio.subprocess.PIPE
    )
    _, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
