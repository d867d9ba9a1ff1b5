"""What `parcours up` says once it is ready."""

from __future__ import annotations

from collections.abc import Sequence

from config.credentials import FILE_NAME, kept_credentials
from config.running import Running
from config.settings import Settings
from config.tokens import Token, parse_tokens


def welcome(settings: Settings, here: Running) -> str:
    """Addresses and, when Parcours invented them, the development tokens with a first call to paste."""
    return "\n".join(["", *_addresses(settings, here), invented_tokens(settings)])


def _addresses(settings: Settings, here: Running) -> list[str]:
    places = {
        "Screens and API": here.api_url,
        "Console of agents": f"{here.api_url}/console/",
        "API documentation": f"{here.api_url}/docs",
        **({} if settings.closed else {"Messages (outbox)": f"{here.api_url}/outbox"}),
        "Temporal": here.temporal_ui_url or here.temporal_address,
    }
    return ["Parcours is ready (Ctrl-C stops it)", *(f"  {name:<18} {place}" for name, place in places.items())]


def invented_tokens(settings: Settings) -> str:
    """The development tokens, when nobody configured others, with a first call to paste; else nothing."""
    if not settings.api_tokens or settings.api_tokens != _kept(settings):
        return ""
    title = f"Development tokens (kept in {settings.home / FILE_NAME})"
    return "\n".join(["", title, *map(_line, settings.api_tokens), "", "Try", _call(settings), ""])


def _kept(settings: Settings) -> Sequence[Token]:
    if not (settings.home / FILE_NAME).exists():
        return ()
    return parse_tokens(kept_credentials(settings.home)["PARCOURS_API_TOKENS"])


def _line(token: Token) -> str:
    return f"  {token.organisation:<19} {token.role:<11} {token.agent or '':<13} {token.token}"


def _call(settings: Settings) -> str:
    agent = next(token for token in settings.api_tokens if token.role == "agent")
    return f"  curl -H 'Authorization: Bearer {agent.token}' {settings.local_url}/v1/journeys"
