"""The certified provider, run by node, and a person's browser in front of it."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest

FOLDER = Path(__file__).parents[2] / "provider"
CONSOLE = "http://127.0.0.1:8765"
CLIENT = {"oidc_client_id": "parcours", "oidc_client_secret": "a secret for tests only, of no value at all"}
PATIENCE_SECONDS = 20
NODE = 20


@contextmanager
def certified_provider(console: str = CONSOLE) -> Iterator[str]:
    """Its issuer, for the console at that address; skips the test where node or the package is missing."""
    node = shutil.which("node")
    if node is None or _major(node) < NODE or not (FOLDER / "node_modules" / "oidc-provider").is_dir():
        pytest.skip(f"the certified provider needs node {NODE} or newer and `npm ci --prefix tests/provider`")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    back, home = f"{console}/console/connexion/retour", f"{console}/console/connexion"
    arguments = [node, str(FOLDER / "provider.mjs"), str(port), back, home]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=FOLDER) as process:
        try:
            _wait_for(f"http://127.0.0.1:{port}", process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


def _major(node: str) -> int:
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    return int(said.removeprefix("v").split(".")[0])


def _wait_for(issuer: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while process.poll() is None and time.monotonic() < until:
        try:
            httpx.get(f"{issuer}/.well-known/openid-configuration")
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the provider did not start")


async def identify(outside: httpx.AsyncClient, address: str, login: str) -> str:
    """Log in at the provider and consent; the address it sends the browser back to."""
    answer = await _followed(outside, await outside.get(address))
    while not answer.headers.get("location", "").startswith(CONSOLE):
        form = dict(re.findall(r'name="(\w+)" value="([^"]*)"', answer.text)) | {"login": login, "password": "x"}
        [action] = re.findall(r'<form[^>]* action="([^"]*)"', answer.text)[:1]
        answer = await _followed(outside, await outside.post(urljoin(str(answer.url), action), data=form))
    return answer.headers["location"]


async def _followed(outside: httpx.AsyncClient, answer: httpx.Response) -> httpx.Response:
    while answer.is_redirect and not answer.headers["location"].startswith(CONSOLE):
        answer = await outside.get(urljoin(str(answer.url), answer.headers["location"]))
    return answer
