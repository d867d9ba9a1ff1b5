"""What the database keeps of secrets: sealed by a key that is derived from PARCOURS_SECRET_KEY and is not in it."""

from __future__ import annotations

from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import SecretStr

MARK = "sealed:1:"
PURPOSE = b"parcours secrets at rest"


class Unsealable(Exception):
    """Sealed with another key: PARCOURS_SECRET_KEY has changed since."""


class Seal:
    """Seals and opens texts; what was stored in clear by an earlier version is read as it is."""

    def __init__(self, secret_key: SecretStr) -> None:
        derived = HKDF(SHA256(), 32, salt=None, info=PURPOSE).derive(secret_key.get_secret_value().encode())
        self._key = Fernet(urlsafe_b64encode(derived))

    def close(self, text: str) -> str:
        """The text as it is stored."""
        return MARK + self._key.encrypt(text.encode()).decode()

    def open(self, stored: str) -> str:
        """The text; raises Unsealable."""
        if not stored.startswith(MARK):
            return stored
        try:
            return self._key.decrypt(stored.removeprefix(MARK)).decode()
        except InvalidToken:
            raise Unsealable("sealed with another PARCOURS_SECRET_KEY") from None

    def open_or_none(self, stored: str) -> str | None:
        """The text, None when it is sealed with another key."""
        try:
            return self.open(stored)
        except Unsealable:
            return None
