"""On a development machine, the clock of one journey moved on from its page."""

from __future__ import annotations

from datetime import timedelta

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from temporalio.service import RPCError, RPCStatusCode

from config.fast_forward import fast_forward
from db.tenancy import as_organisation
from web.console.dossier import Dossier, open_dossier
from web.console.enterprise import Trouble, enterprise
from web.console.people import Person
from web.desk import Desk

A_LITTLE = timedelta(minutes=1)
DAY, MONTH = timedelta(days=1), timedelta(days=31)
REFUSALS = {
    RPCStatusCode.NOT_FOUND: "Ce parcours n'a plus rien à attendre : son horloge ne peut pas avancer.",
    RPCStatusCode.UNIMPLEMENTED: "Ce serveur Temporal ne sait pas avancer le temps.",
}


async def move_on(desk: Desk, person: Person, request: Request, form: FormData) -> Response:
    """A day, to the next step, or a month; 404 elsewhere than in development."""
    if desk.settings.console_login != "development":
        raise HTTPException(404)
    async with as_organisation(desk.engine, person.organisation) as connection:
        dossier = await open_dossier(desk, connection, person, request.path_params["siren"])
    by = {"jour": DAY, "mois": MONTH, "etape": _to_next(dossier)}.get(str(form.get("action")))
    if by is None:
        raise HTTPException(400)
    try:
        async for _ in fast_forward(desk.temporal, dossier.siren, by):
            pass
    except RPCError as error:
        detail = REFUSALS.get(error.status, "Temporal a refusé d'avancer l'horloge.")
        return await enterprise(desk, person, request, Trouble("horloge", detail, 409))
    return RedirectResponse(f"{dossier.path}?fait=horloge", 303)


def _to_next(dossier: Dossier) -> timedelta:
    wake_at = dossier.stored.wake_at
    return max(wake_at - dossier.now, timedelta()) + A_LITTLE if wake_at else DAY
