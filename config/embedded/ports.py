"""Ports of the embedded parts: free, and the same from one start to the next when possible."""

from __future__ import annotations

import socket
from pathlib import Path

LOOPBACK = "127.0.0.1"


def kept_port(file: Path, preferred: int = 0) -> int:
    """Port noted in `file`, else `preferred`, else any free one; the one chosen is noted for the next start."""
    kept = int(file.read_text()) if file.exists() else preferred
    port = kept if kept and is_free(kept) else _any_free()
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


def _any_free() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])
