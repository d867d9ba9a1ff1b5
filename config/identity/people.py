"""Who a person is here, from what the provider says: by name in our list, else by claims and what they stand for."""

from __future__ import annotations

import hmac
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

import structlog

from config.identity.settings import IdentitySettings
from config.tokens import NAME, Role, Token, parse_tokens

SUBJECT = "sub:"
LONGEST_NAME = 200
UNREADABLE = ("Cc", "Cs")
"""Unicode categories: control characters and lone surrogates, which no database keeps."""

log = structlog.stdlib.get_logger("parcours.people")


@dataclass(frozen=True)
class Known:
    """Somebody with a role in an organisation."""

    subject: str
    name: str = field(repr=False)
    role: Role
    organisation: str
    agent: str | None


class People:
    """Everybody, by the settings of now: the list is read again when its file changes."""

    def __init__(self, settings: IdentitySettings) -> None:
        self._settings = settings
        self._listed = settings.oidc_people
        self._file = _followed(settings)
        self._seen = _version(self._file)

    def recognise(self, claims: Mapping[str, Any]) -> Known | None:
        """The person of these claims; nobody unless role and organisation are both known."""
        subject, name = str(claims["sub"]), _name(claims)
        accounts = _accounts(claims, trusted=self._settings.oidc_trust_email)
        for listed in self._current():
            if any(hmac.compare_digest(_account(listed).encode(), it.encode()) for it in accounts):
                return Known(subject, name, listed.role, listed.organisation, listed.agent)
        return self._by_claims(claims, subject, name)

    def basis(self, claims: Mapping[str, Any]) -> dict[str, Any]:
        """The claims that give somebody rights, and no other: what to ask again with later."""
        settings = self._settings
        names = (settings.oidc_role_claim, settings.oidc_organisation_claim, settings.oidc_agent_claim)
        return {name: claims[name] for name in ("sub", "email", "email_verified", *names) if name in claims}

    def _by_claims(self, claims: Mapping[str, Any], subject: str, name: str) -> Known | None:
        settings = self._settings
        role = _stands_for(claims.get(settings.oidc_role_claim), settings.oidc_roles, get_args(Role)[1:])
        organisation = _stands_for(claims.get(settings.oidc_organisation_claim), settings.oidc_organisations)
        if role is None or organisation is None:
            return None
        agent = _stands_for(claims.get(settings.oidc_agent_claim), {})
        return Known(subject, name, role, organisation, agent)  # type: ignore[arg-type]

    def _current(self) -> tuple[Token, ...]:
        if self._file is not None and (version := _version(self._file)) != self._seen:
            self._seen = version
            self._listed = _read(self._file, self._listed)
        return self._listed


def _followed(settings: IdentitySettings) -> Path | None:
    """The file of the list, unless the list was given otherwise."""
    file = settings.oidc_people_file
    return file if file is not None and _read(file, ()) == settings.oidc_people else None


def _version(file: Path | None) -> tuple[int, ...]:
    try:
        found = file.stat() if file else None
    except OSError:
        return ()
    return (found.st_mtime_ns, found.st_size, found.st_ino) if found else ()


def _read(file: Path, before: tuple[Token, ...]) -> tuple[Token, ...]:
    """The list; the one before while it cannot be read, for a slip in it must not shut everybody out."""
    try:
        return parse_tokens(file.read_text())
    except (OSError, ValueError) as error:
        log.error("PARCOURS_OIDC_PEOPLE_FILE cannot be read: the list as it was before is kept", reason=str(error))
        return before


def _account(listed: Token) -> str:
    """An entry names an address, or a subject: the one must not pass for the other."""
    name = listed.token
    if name.startswith(SUBJECT):
        return name
    return name.lower() if "@" in name else f"{SUBJECT}{name}"


def _accounts(claims: Mapping[str, Any], *, trusted: bool) -> list[str]:
    """Subject and address; an address counts when the provider says it verified it, or does that for all of them."""
    email, verified = claims.get("email"), claims.get("email_verified", trusted)
    is_verified = verified is True or (isinstance(verified, str) and verified.lower() == "true")
    return [f"{SUBJECT}{claims['sub']}", *([email.lower()] if is_verified and isinstance(email, str) else [])]


def _stands_for(value: object, names: Mapping[str, str], allowed: tuple[str, ...] = ()) -> str | None:
    """The one meaning of a claim; several values must not mean several things."""
    values = value if isinstance(value, list) else [value]
    meant = {names.get(it, it) for it in values if isinstance(it, str) and (not names or it in names)}
    good = {it for it in meant if NAME.fullmatch(it) and (not allowed or it in allowed)}
    return good.pop() if len(good) == 1 else None


def _name(claims: Mapping[str, Any]) -> str:
    parts = (claims.get("given_name"), claims.get("usual_name") or claims.get("family_name"))
    whole = claims.get("name") or " ".join(part for part in parts if isinstance(part, str))
    return _readable(str(whole or claims.get("email") or "")) or "Sans nom"


def _readable(text: Iterable[str]) -> str:
    kept = "".join(it for it in text if unicodedata.category(it) not in UNREADABLE)
    return kept.strip()[:LONGEST_NAME]
