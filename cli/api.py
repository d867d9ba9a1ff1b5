"""`parcours api`: the HTTP interface alone."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from cli.process import prepared_to_serve, run
from cli.serving import api_part, serve
from cli.sharing import share
from cli.welcome import invented_tokens

Shared = Annotated[int | None, typer.Option(hidden=True, help="An open socket, from the process that shares it.")]


def api(shared: Shared = None) -> None:
    """Serve the HTTP interface and the screens, by as many processes as PARCOURS_API_PROCESSES says."""
    settings = prepared_to_serve()
    if shared is not None:
        alone = settings.model_copy(update={"metrics_port": None})
        return run(lambda: serve(alone, [api_part(asyncio.Event(), shared)]))
    typer.echo(invented_tokens(settings), nl=False)
    if settings.api_processes > 1:
        return run(lambda: share(settings))
    return run(lambda: serve(settings, [api_part(asyncio.Event())]))
