"""`parcours why`: in French, from the database alone, why something was sent, was not, or will be."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from activities.explaining import Dossier, Trace, journey_lines, message_lines
from cli.process import prepared, run
from config.errors import OperatorError
from config.settings import Settings
from db import audit, journeys, reading
from db.engine import make_engine
from db.journeys import Stored
from domain.forecast import forecast
from domain.identifiers import InvalidIdentifier, parse_siren
from domain.state import Phase
from notifications.links import masked


def why(
    siren: Annotated[str, typer.Argument(help="SIREN of the enterprise, 9 digits.")],
    message: Annotated[UUID | None, typer.Option(help="Id of one of its messages.")] = None,
) -> None:
    """Tell in French what was decided, what comes next, and why a message left or did not."""
    try:
        number = parse_siren(siren)
    except InvalidIdentifier as error:
        raise OperatorError(str(error)) from None
    settings = prepared()
    run(lambda: _why(settings, number, message))


async def _why(settings: Settings, siren: str, message: UUID | None) -> None:
    engine = make_engine(settings.required_database_url, pool_size=1)
    try:
        async with engine.connect() as connection:
            stored = await _enrolled(connection, siren)
            dossier = await dossier_of(connection, stored)
            lines = await _explained(connection, dossier, message) if message else journey_lines(dossier)
    finally:
        await engine.dispose()
    typer.echo(masked("\n".join(lines)))


async def _enrolled(connection: AsyncConnection, siren: str) -> Stored:
    stored = await journeys.read(connection, siren)
    if stored is None:
        raise OperatorError(await _unknown(connection, siren))
    if stored.journey.phase is Phase.CANDIDATE:
        lines = [it.summary for it in await reading.timeline_of(connection, siren) if it.kind == "refused"]
        reason = lines[-1] if lines else "le compte vient d'être annoncé, la décision n'est pas encore prise"
        raise OperatorError(f"entreprise connue mais sans parcours. {reason}")
    return stored


async def _unknown(connection: AsyncConnection, siren: str) -> str:
    received = await audit.events_of(connection, siren)
    if not received:
        return "SIREN inconnu : aucun événement n'a été reçu pour cette entreprise. Vérifiez le numéro."
    last = received[-1]
    problem = f" ({last.problem})" if last.problem else ""
    return (
        f"pas de parcours : {len(received)} événement(s) reçu(s), aucun account.opened appliqué. "
        f"Le dernier, {last.type}, est {last.status}{problem}."
    )


async def dossier_of(connection: AsyncConnection, stored: Stored) -> Dossier:
    """What is stored of a journey, and what its rules foresee."""
    siren, rulebook = stored.journey.siren, await audit.rulebook(connection)
    return Dossier(
        journey=stored.journey,
        policy=rulebook.world(stored.journey, stored.clock).policy,
        timeline=await reading.timeline_of(connection, siren),
        messages=await reading.messages_of(connection, siren),
        upcoming=forecast(stored.journey, stored.clock, rulebook),
    )


async def _explained(connection: AsyncConnection, dossier: Dossier, message: UUID) -> list[str]:
    row = next((it for it in dossier.messages if it.id == message), None)
    if row is None:
        raise OperatorError("cette entreprise n'a pas de message de ce numéro : `parcours why SIREN` liste les siens")
    siren = dossier.journey.siren
    behind = await audit.events_of(connection, siren, [row.event_id]) if row.event_id else []
    receipts = await reading.receipts_of(connection, siren)
    return message_lines(dossier, Trace(row, behind, receipts.get(row.id, [])))
