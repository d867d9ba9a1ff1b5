"""Settings, read from the environment; any of them may also be a file, named by the variable with `_FILE` added."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from cryptography.fernet import Fernet
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from config.addresses import LOOPBACK, host_of, is_loopback, local_url
from config.credentials import FILE_NAME, kept_credentials
from config.environment import Environment, default_environment, shortcomings
from config.errors import SettingsError
from config.identity.settings import IdentitySettings, missing_beside_issuers
from config.named_files import NamedFiles, variable_of
from config.tokens import Token, parse_tokens

STRICTER = {"public_url": "https://unreadable.invalid", "environment": "production"}
NEEDED = {
    "sms": {"twilio": ("twilio_account_sid", "twilio_auth_token", "twilio_from")},
    "mail": {"sendgrid": ("sendgrid_api_key", "mail_from", "sendgrid_webhook_key")},
}


class Settings(IdentitySettings):
    """Everything Parcours can be told; `load` fills in what a development machine leaves out."""

    model_config = SettingsConfigDict(
        env_prefix="PARCOURS_", env_ignore_empty=True, frozen=True, populate_by_name=True, hide_input_in_errors=True
    )

    home: Path = Path(".parcours")
    database_url: SecretStr | None = None
    migration_database_url: SecretStr | None = None
    temporal_address: str | None = None
    temporal_namespace: str = "default"
    temporal_api_key: SecretStr | None = None
    payload_key: SecretStr | None = None
    http_host: str = "127.0.0.1"
    http_port: int = Field(default=8000, ge=1, le=65535)
    api_processes: int = Field(default=1, ge=1, le=64)
    public_url: str = Field(default_factory=lambda given: local_url(given["http_host"], given["http_port"]))
    environment: Environment = Field(
        default_factory=lambda given: default_environment(given["public_url"], given["http_host"])
    )
    api_tokens: Annotated[tuple[Token, ...], NoDecode] = ()
    secret_key: SecretStr = SecretStr("")
    policies: Path = Path("policies")
    log: Literal["console", "json"] = "console"
    metrics_host: str = "127.0.0.1"
    metrics_port: int | None = Field(default=None, ge=1, le=65535)
    otlp_endpoint: str | None = Field(default=None, validation_alias="OTEL_EXPORTER_OTLP_ENDPOINT")
    otel_service_name: str = Field(default="parcours", validation_alias="OTEL_SERVICE_NAME")
    sms: Literal["outbox", "twilio"] = "outbox"
    mail: Literal["outbox", "sendgrid"] = "outbox"
    deliveries_per_second: float = Field(default=50, gt=0)
    twilio_account_sid: str | None = Field(default=None, validation_alias="TWILIO_ACCOUNT_SID")
    twilio_auth_token: SecretStr | None = Field(default=None, validation_alias="TWILIO_AUTH_TOKEN")
    twilio_from: str | None = None
    twilio_base_url: str | None = None
    sendgrid_api_key: SecretStr | None = Field(default=None, validation_alias="SENDGRID_API_KEY")
    mail_from: str | None = None
    sendgrid_base_url: str | None = None
    sendgrid_webhook_key: str | None = None
    calls_per_minute: int = Field(default=30_000, gt=0)
    failures_per_minute: int = Field(default=3_000, gt=0)
    trusted_proxies: str = "127.0.0.1,::1"
    webhook_allow: Annotated[frozenset[str] | None, NoDecode] = None
    http_names: Annotated[frozenset[str], NoDecode] = frozenset()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read the environment, then the files it names: no `.env` file is picked up by surprise."""
        return init_settings, env_settings, NamedFiles(settings_cls)

    @field_validator("api_tokens", mode="before")
    @classmethod
    def _parse_tokens(cls, value: Any) -> Any:
        return parse_tokens(value) if isinstance(value, str) else value

    @field_validator("webhook_allow", "http_names", mode="before")
    @classmethod
    def _parse_hosts(cls, value: Any) -> Any:
        return {host.strip().lower() for host in value.split(",")} - {""} if isinstance(value, str) else value

    @field_validator("database_url", "migration_database_url")
    @classmethod
    def _check_database_url(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not value.get_secret_value().startswith("postgresql+asyncpg://"):
            raise ValueError("write it postgresql+asyncpg://user:password@host:port/database")
        return value

    @field_validator("payload_key")
    @classmethod
    def _check_payload_key(cls, value: SecretStr | None) -> SecretStr | None:
        for key in value.get_secret_value().split(",") if value else ():
            Fernet(key.strip())
        return value

    @field_validator("public_url", "twilio_base_url", "sendgrid_base_url", "otlp_endpoint")
    @classmethod
    def _check_url(cls, value: str | None) -> str | None:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("write a URL that begins with http:// or https://")
        return value.rstrip("/") if value else value

    @property
    def is_production(self) -> bool:
        """Whether what is for development alone is refused."""
        return self.environment == "production"

    @property
    def closed(self) -> bool:
        """Whether nothing is open to whoever comes: no outbox page, no development login, nothing invented.

        An https address is the world's, whatever PARCOURS_ENVIRONMENT says.
        """
        return self.is_production or self.public_url.startswith("https://")

    @property
    def required_database_url(self) -> str:
        """SQLAlchemy URL of the database, in clear; raise SettingsError when none is known."""
        if self.database_url is None:
            raise SettingsError("PARCOURS_DATABASE_URL is not set: set it, or run everything with `parcours up`")
        return self.database_url.get_secret_value()

    @property
    def required_migration_url(self) -> str:
        """The same database as its owner, who migrates; the same login when none is told."""
        owner = self.migration_database_url
        return owner.get_secret_value() if owner else self.required_database_url

    @property
    def webhook_hosts(self) -> frozenset[str]:
        """Hosts that a subscriber may have though they are not public: this machine's own when only it is served."""
        if self.webhook_allow is not None:
            return self.webhook_allow
        return LOOPBACK if is_loopback(self.http_host) and not self.closed else frozenset()

    @property
    def local_url(self) -> str:
        """Where this machine reaches the API, whatever its public name."""
        return local_url(self.http_host, self.http_port)


def load(*, to_serve: bool = False, alone: bool = False, **overrides: Any) -> Settings:
    """Settings of this process, completed with kept credentials; raise SettingsError naming each bad variable.

    `alone` completes nothing and writes nothing, for what speaks to nobody; `to_serve` also refuses, in the same
    error, what may not be served with (`config.environment`).
    """
    settings, problems = _read(overrides)
    if to_serve:
        weak = {variable_named(name): remedy for name, remedy in shortcomings(settings).items()}
        said = "\n".join(problems)
        problems += [f"{name}: {remedy}" for name, remedy in weak.items() if f"{name}:" not in said]
    if problems:
        raise SettingsError("\n".join(problems))
    return settings if alone else _completed(settings)


def _read(overrides: dict[str, Any]) -> tuple[Settings, list[str]]:
    """The settings and what is wrong with them; what cannot be read is replaced, to see what else is wrong."""
    try:
        settings = Settings(**overrides)
    except ValidationError as error:
        bad = {str(detail["loc"][0]) for detail in error.errors(include_input=False)}
        fields = {name: field for name, field in Settings.model_fields.items() if bad & {name, variable_named(name)}}
        settings, more = _read({**overrides, **{name: _stand_in(name, field) for name, field in fields.items()}})
        return settings, _explain(error) + more
    return settings, [*missing_beside_issuers(settings), *_missing_beside_providers(settings)]


def _stand_in(name: str, field: FieldInfo) -> Any:
    """What an unreadable setting counts as meanwhile: where it decides, the stricter."""
    return STRICTER[name] if name in STRICTER else field.get_default()


def _completed(settings: Settings) -> Settings:
    """Invent what is missing, for this machine alone; an issuer elsewhere knows its own people and systems."""
    if settings.closed or (settings.api_tokens and settings.secret_key.get_secret_value()):
        return settings
    kept = kept_credentials(settings.home)
    tokens = settings.api_tokens or (() if _has_issuer(settings) else parse_tokens(kept["PARCOURS_API_TOKENS"]))
    secret = settings.secret_key.get_secret_value() or kept["PARCOURS_SECRET_KEY"]
    return settings.model_copy(update={"api_tokens": tokens, "secret_key": SecretStr(secret)})


def uses_invented(settings: Settings) -> bool:
    """Whether tokens or key in force are those that were invented; a file of them that nobody reads does not count."""
    if not (settings.home / FILE_NAME).exists():
        return False
    kept = kept_credentials(settings.home)
    tokens = settings.api_tokens == parse_tokens(kept.get("PARCOURS_API_TOKENS", ""))
    return (tokens and bool(settings.api_tokens)) or settings.secret_key.get_secret_value() == kept.get(
        "PARCOURS_SECRET_KEY"
    )


def _has_issuer(settings: Settings) -> bool:
    issuers = filter(None, (settings.oauth_issuer, settings.oidc_issuer))
    return any(not is_loopback(host_of(issuer)) for issuer in issuers)


def _missing_beside_providers(settings: Settings) -> list[str]:
    """What the chosen providers also need."""
    found = []
    for switch, providers in NEEDED.items():
        chosen = getattr(settings, switch)
        missing = [variable_named(name) for name in providers.get(chosen, ()) if not getattr(settings, name)]
        if missing:
            found.append(f"{variable_named(switch)}={chosen} also needs {', '.join(missing)}: set them")
    return found


def _explain(error: ValidationError) -> list[str]:
    details = error.errors(include_input=False, include_url=False)
    return [_explain_one(detail) for detail in details if detail["type"] != "default_factory_not_called"]


def _explain_one(detail: ErrorDetails) -> str:
    reason = detail["msg"].removeprefix("Value error, ")
    name = str(detail["loc"][0])
    return f"{variable_named(name) if name in Settings.model_fields else name}: {reason}"


def variable_named(field_name: str) -> str:
    """The environment variable of a setting."""
    return variable_of(Settings, field_name, Settings.model_fields[field_name])
