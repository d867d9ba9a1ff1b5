"""Ports of the embedded parts: free, and the same from one start to the next when possible."""

from __future__ import annotations

import socket
from pathlib import Path

LOOPBACK = "127.0.0.1"


def kept_port(file: Path, preferred: int = 0) -> int:
    """Port noted in `file`, else `preferred`, else any free one; the one chosen is noted for the next start."""
    noted = _noted(file)
    kept = noted or preferred
    port = kept if kept and is_free(kept) else _any_free()
    if port != noted:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(str(port))
    return port


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of the loopback interface now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def _noted(file: Path) -> int:
    """The port in `file`; 0 without one, or when the disk was full as it was written."""
    noted = file.read_text().strip() if file.exists() else ""
    return int(noted) if noted.isdecimal() else 0


def _any_free() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])
