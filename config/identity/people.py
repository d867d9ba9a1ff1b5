"""Who a person is here, from what the provider says: by name in our list, else by claims and what they stand for."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from config.identity.settings import IdentitySettings
from config.tokens import NAME, Role


@dataclass(frozen=True)
class Known:
    """Somebody with a role in an organisation."""

    subject: str
    name: str = field(repr=False)
    role: Role
    organisation: str
    agent: str | None


def recognise(settings: IdentitySettings, claims: Mapping[str, Any]) -> Known | None:
    """The person of these claims; nobody unless role and organisation are both known."""
    subject, name = str(claims["sub"]), _name(claims)
    for listed in settings.oidc_people:
        if any(hmac.compare_digest(listed.token.encode(), it.encode()) for it in _accounts(claims)):
            return Known(subject, name, listed.role, listed.organisation, listed.agent)
    role = _stands_for(claims.get(settings.oidc_role_claim), settings.oidc_roles, get_args(Role)[1:])
    organisation = _stands_for(claims.get(settings.oidc_organisation_claim), settings.oidc_organisations)
    if role is None or organisation is None:
        return None
    agent = _stands_for(claims.get(settings.oidc_agent_claim), {})
    return Known(subject, name, role, organisation, agent)  # type: ignore[arg-type]


def _accounts(claims: Mapping[str, Any]) -> list[str]:
    """Subject and address; an address that the provider says it did not verify is nobody's."""
    email = claims.get("email") if claims.get("email_verified", True) is True else None
    return [claims["sub"], *([email.lower()] if isinstance(email, str) else [])]


def _stands_for(value: object, names: Mapping[str, str], allowed: tuple[str, ...] = ()) -> str | None:
    """The one meaning of a claim; several values must not mean several things."""
    values = value if isinstance(value, list) else [value]
    meant = {names.get(it, it) for it in values if isinstance(it, str) and (not names or it in names)}
    good = {it for it in meant if NAME.fullmatch(it) and (not allowed or it in allowed)}
    return good.pop() if len(good) == 1 else None


def _name(claims: Mapping[str, Any]) -> str:
    parts = (claims.get("given_name"), claims.get("usual_name") or claims.get("family_name"))
    whole = claims.get("name") or " ".join(part for part in parts if isinstance(part, str))
    return str(whole or claims.get("email") or "Sans nom")[:200]
