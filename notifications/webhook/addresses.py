"""Where a webhook may go: the public Internet, and the hosts the operator names.

What is resolved is checked and connected to, so that a name cannot point elsewhere between the two.
"""

from __future__ import annotations

import socket
from collections.abc import Collection
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from aiohttp import ThreadedResolver
from aiohttp.abc import AbstractResolver, ResolveResult

# IPv6 addresses that carry an IPv4 one inside: NAT64, Teredo, 6to4.
CARRIERS = tuple(map(ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16")))


class AddressRefused(OSError):
    """A host that no webhook may reach."""


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public Internet, for one receiver."""
    ip = ip_address(address.partition("%")[0])
    ip = getattr(ip, "ipv4_mapped", None) or ip
    return ip.is_global and not ip.is_multicast and not any(ip in carrier for carrier in CARRIERS)


def literal(host: str) -> IPv4Address | IPv6Address | None:
    """The IP address written as a host, if it is one."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def check_url(url: str, allowed: Collection[str]) -> str:
    """The URL; raises ValueError saying what a subscriber's URL must be. Names are resolved when delivering only."""
    if not (url.isascii() and url.isprintable() and " " not in url):
        raise ValueError("write it in ASCII without blanks, a name in its form xn--, a path in percents")
    parts = urlsplit(url)
    host = parts.hostname
    if parts.scheme not in ("http", "https") or not host or parts.username or parts.fragment or not _has_port(url):
        raise ValueError("write https://host/path, without user nor fragment")
    if host in allowed:
        return url
    if parts.scheme == "http":
        raise ValueError("use https: only hosts that the operator allows are called by http")
    if f".{host}".endswith(".localhost") or (literal(host) and not is_public(host)):
        raise ValueError("this is no address of the public Internet: the operator may allow its host")
    return url


def _has_port(url: str) -> bool:
    try:
        return urlsplit(url).port != 0
    except ValueError:
        return False


class PublicResolver(AbstractResolver):
    """Resolves names; raises AddressRefused for one with an address inside, unless its host is allowed."""

    def __init__(self, allowed: Collection[str]) -> None:
        self._allowed = allowed
        self._resolver = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of a host."""
        found = await self._resolver.resolve(host, port, family)
        if host not in self._allowed and not all(is_public(it["host"]) for it in found):
            raise AddressRefused("not a public address")
        return found

    async def close(self) -> None:
        """Nothing is held."""
        await self._resolver.close()
