"""What a supervisor asks when handing a portfolio or one enterprise to somebody else (ENR-3), and how it is said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.exceptions import HTTPException

from db import portfolio, roster
from db.handovers import Wanted
from db.refusals import Refused
from domain.state import RUNNING
from web.console.people import Person

REASONS = {"absence": "Absence", "departure": "Départ", "reorganisation": "Réorganisation"}
WHOLE, ONE = "portefeuille", "entreprise"
NO_TARGET = "Choisissez un conseiller formé, autre que celui dont les entreprises sont confiées."
NO_JOURNEY = "Aucun parcours en cours n'est suivi par cette personne."
NOT_OURS = "Aucune entreprise suivie par votre organisme n'a ce SIREN : vérifiez ses neuf chiffres."
OVER = "Le parcours de cette entreprise est terminé : il n'y a personne à remplacer."
UNFOLLOWED = "Personne ne suit encore cette entreprise : elle sera confiée au premier conseiller formé qui est présent."
TOO_LATE = (
    "Ce changement ne s'annule plus : le quart d'heure est passé, ou un autre changement l'a suivi. "
    "Vous pouvez confier de nouveau les entreprises."
)


async def wanted(connection: AsyncConnection, person: Person, what: object, given: Mapping[str, Any]) -> Wanted:
    """What the fields ask. Raises :class:`Refused` for what cannot be, a 400 for what the page does not offer."""
    if what not in (WHOLE, ONE) or given.get("motif") not in REASONS:
        raise HTTPException(400)
    reason, to = str(given["motif"]), _text(given, "vers") or None
    siren = "".join(it for it in _text(given, "siren") if it.isdecimal()) if what == ONE else None
    agent = _text(given, "agent") if siren is None else await _follower(connection, person, siren, reason)
    if to is not None:
        await _check(connection, person, to, agent, siren)
    return Wanted(agent, reason, siren, to)


def confided(count: str) -> str:
    """What was just handed over."""
    if count == "1":
        return "Une entreprise est confiée à un autre conseiller ; le changement lui est annoncé dans un quart d'heure."
    told = "le changement leur est annoncé dans un quart d'heure"
    return f"{count[:6]} entreprises sont confiées à un autre conseiller ; {told}."


def taken_back(count: str) -> str:
    """What was just given back."""
    if count == "1":
        return "Le changement est annulé : l'entreprise est rendue au conseiller qui la suivait."
    return f"Le changement est annulé : {count[:6]} entreprises sont rendues au conseiller qui les suivait."


def _text(given: Mapping[str, Any], name: str) -> str:
    return str(given.get(name) or "").replace("\x00", "")


async def _follower(connection: AsyncConnection, person: Person, siren: str, reason: str) -> str:
    row = await portfolio.find(connection, siren)
    if row is None or row.organisation != person.organisation:
        raise Refused(NOT_OURS)
    if row.phase not in RUNNING and reason != roster.DEPARTURE:
        raise Refused(OVER)
    if row.referent is None:
        raise Refused(UNFOLLOWED)
    return str(row.referent)


async def _check(connection: AsyncConnection, person: Person, to: str, agent: str, siren: str | None) -> None:
    found = {it.agent: it for it in await roster.members(connection, person.organisation)}.get(to)
    if found is not None and siren and to == agent:
        raise Refused(f"{found.name} suit déjà cette entreprise : il n'y a rien à changer.")
    if found is None or not found.trained or to == agent:
        raise Refused(NO_TARGET)
