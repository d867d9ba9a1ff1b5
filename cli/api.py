"""`parcours api`: the HTTP interface alone."""

from __future__ import annotations

import asyncio

import typer

from cli.process import prepared, run
from cli.serving import api_part, serve
from cli.welcome import invented_tokens


def api() -> None:
    """Serve the HTTP interface and the screens."""
    settings = prepared()
    typer.echo(invented_tokens(settings), nl=False)
    run(lambda: serve(settings, [api_part(asyncio.Event())]))
