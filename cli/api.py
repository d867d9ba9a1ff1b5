"""`parcours api`: the HTTP interface alone."""

from __future__ import annotations

import asyncio

from cli.process import prepared, run
from cli.serving import api_part, serve


def api() -> None:
    """Serve the HTTP interface and the screens."""
    settings = prepared()
    run(lambda: serve(settings, [api_part(asyncio.Event())]))
