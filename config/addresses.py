"""Addresses that only this machine reaches."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def is_loopback(host: str) -> bool:
    """Whether a name or an address is this machine's own, for this machine only."""
    name = host.lower().strip("[]")
    try:
        return name in LOOPBACK or ip_address(name).is_loopback
    except ValueError:
        return False


def local_url(host: str, port: int) -> str:
    """Where this machine reaches a server that listens on `host` and `port`."""
    name = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def host_of(url: str) -> str:
    """The host of a URL, in lower case; empty when it names none."""
    return urlsplit(url).hostname or ""
