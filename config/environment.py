"""Development or production: what is refused at start, what is warned of, each with its remedy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from config.addresses import host_of, is_loopback

if TYPE_CHECKING:
    from config.settings import Settings

SECRET_BYTES = 32
TOKEN_CHARACTERS = 24
HOW_TO_MAKE_A_KEY = "make one with `openssl rand -hex 32`"
HOW_TO_MAKE_A_TOKEN = "make each with `openssl rand -hex 24`"  # noqa: S105
HOLD_BACK = "or say PARCOURS_ENVIRONMENT=development while no message may leave"


Environment = Literal["development", "production"]


def default_environment(public_url: str, http_host: str) -> Environment:
    """What it is when nobody says: production as soon as others than this machine may come."""
    return "production" if public_url.startswith("https://") or not is_loopback(http_host) else "development"


def shortcomings(settings: Settings) -> dict[str, str]:
    """What these settings may not be served with: the remedy of each, by variable; nothing in development at http."""
    return {**dict(_open_doors(settings)), **dict(_only_for_development(settings))}


def warnings(settings: Settings) -> list[str]:
    """What may be meant and is dangerous when it is not."""
    return [*_exposed(settings), *_in_clear(settings)]


def _open_doors(settings: Settings) -> Iterator[tuple[str, str]]:
    if not settings.closed:
        return
    secret = len(settings.secret_key.get_secret_value().encode())
    if secret < SECRET_BYTES:
        found = f"{secret} bytes long" if secret else "not set"
        yield "secret_key", f"{found}, at least {SECRET_BYTES} bytes are needed: {HOW_TO_MAKE_A_KEY}"
    if settings.console_login:
        yield "console_login", "opens the console to whoever comes: leave it out, and set PARCOURS_OIDC_ISSUER"
    if problem := _tokens(settings):
        yield "api_tokens", problem


def _tokens(settings: Settings) -> str | None:
    if not (settings.api_tokens or settings.oauth_issuer or settings.oidc_issuer):
        return (
            "nobody could call, for none is invented here: set token=role:organisation for each system "
            f"({HOW_TO_MAKE_A_TOKEN}), or PARCOURS_OAUTH_ISSUER and PARCOURS_OIDC_ISSUER"
        )
    ranked = enumerate(settings.api_tokens, start=1)
    short = [str(rank) for rank, token in ranked if len(token.token) < TOKEN_CHARACTERS]
    if short:
        return (
            f"shorter than {TOKEN_CHARACTERS} characters: token {', '.join(short)} of the list: {HOW_TO_MAKE_A_TOKEN}"
        )
    return None


def _only_for_development(settings: Settings) -> Iterator[tuple[str, str]]:
    if not settings.is_production:
        return
    if settings.sms == "outbox":
        yield "sms", f"SMS would stay here, sent to nobody: set PARCOURS_SMS=twilio and its variables, {HOLD_BACK}"
    if settings.mail == "outbox":
        yield "mail", f"mail would stay here, sent to nobody: set PARCOURS_MAIL=sendgrid and its variables, {HOLD_BACK}"
    if own := sorted(host for host in settings.webhook_hosts if is_loopback(host)):
        yield "webhook_allow", f"subscribers could have this machine call itself: leave out {', '.join(own)}"


def _exposed(settings: Settings) -> Iterator[str]:
    beyond = [it for it in (settings.http_host, host_of(settings.public_url)) if not is_loopback(it)]
    if settings.is_production or not beyond:
        return
    if settings.closed:
        yield (
            "PARCOURS_ENVIRONMENT=development under an https address: messages of an outbox channel are sent to "
            "nobody, and read with a token at /v1/journeys/{siren}/messages"
        )
        return
    login = ", and choose who to be at the console" if settings.console_login else ""
    yield (
        f"PARCOURS_ENVIRONMENT=development at {' and '.join(dict.fromkeys(beyond))}: whoever reaches it may read the "
        f"outbox with its live links{login}: keep it from others, or say PARCOURS_ENVIRONMENT=production"
    )


def _in_clear(settings: Settings) -> Iterator[str]:
    if not settings.is_production:
        return
    if not settings.public_url.startswith("https://"):
        yield (
            f"PARCOURS_PUBLIC_URL is {settings.public_url}: links, sessions and tokens travel in clear: "
            "put TLS in front, and give the https address"
        )
    if settings.payload_key is None:
        yield (
            "PARCOURS_PAYLOAD_KEY is not set: Temporal stores agents' names in clear: "
            "make one with `openssl rand -base64 32 | tr '+/' '-_'`"
        )
