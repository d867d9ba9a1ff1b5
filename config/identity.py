"""Settings of identity: how people sign in at the console."""

from __future__ import annotations

from typing import Literal

from pydantic_settings import BaseSettings


class IdentitySettings(BaseSettings):
    """What the settings say of identity; without a way to sign in, the console opens to nobody."""

    console_login: Literal["development"] | None = None
