"""`parcours worker`: a worker alone."""

from __future__ import annotations

from cli.process import prepared_to_serve, run
from cli.serving import serve, worker_part


def worker() -> None:
    """Carry out journeys and deliver messages."""
    settings = prepared_to_serve()
    run(lambda: serve(settings, [worker_part]))
