"""What Parcours invents when nobody configured it: development tokens and the key of signed links."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from config.tokens import development_tokens

FILE_NAME = "tokens.env"


def kept_credentials(home: Path) -> dict[str, str]:
    """Variables of `tokens.env` under `home`, made on first use (mode 0600) so that they survive restarts."""
    file = home / FILE_NAME
    if not file.exists():
        _invent(file)
    pairs = (line.partition("=") for line in file.read_text().splitlines() if "=" in line)
    return {name: value for name, _, value in pairs}


def write_private(file: Path, text: str) -> None:
    """Write `text` so that nobody but the owner can read it, whole or not at all."""
    _draft(file, text).replace(file)


def _invent(file: Path) -> None:
    draft = _draft(file, "".join(f"{name}={value}\n" for name, value in _new_credentials().items()))
    # An API and a worker started together must end up with the same credentials: the first one wins.
    with contextlib.suppress(FileExistsError):
        file.hardlink_to(draft)
    draft.unlink()


def _draft(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(text)
    return draft


def _new_credentials() -> dict[str, str]:
    tokens = ",".join(str(token) for token in development_tokens())
    return {"PARCOURS_API_TOKENS": tokens, "PARCOURS_SECRET_KEY": secrets.token_urlsafe(32)}
