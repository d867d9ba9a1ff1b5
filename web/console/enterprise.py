"""``/console/entreprises/{siren}``: who they are, where they stand, what comes next, and all that can be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response

from config.computing import computed
from db import meetings, notes, roster, slots, unapplied, worklist
from db.tenancy import as_organisation
from domain.accounts import accounts_of
from domain.cases import Slot
from domain.forecast import Upcoming, forecast
from domain.requests import Ask
from domain.rules.arrears import left_to_pay
from domain.rules.plans import PIECES
from domain.rules.term import shown_end
from domain.sentences import SENTENCES
from domain.space.due_lines import period_label
from web.console.dossier import Dossier, open_dossier
from web.console.history import History, history
from web.console.people import Person
from web.console.plan_view import plan_view
from web.console.rendering import screen
from web.console.situation import situation
from web.console.words import time_left, urgency
from web.desk import Desk

SLOTS_SHOWN = 60
AHEAD_SHOWN = 6

OCCASIONS: dict[str, str] = {
    Ask.PLAN: "Demande de délai",
    Ask.DECIDE_PLAN: "Motif de la décision",
    Ask.PROMISE: "Promesse de paiement",
    Ask.DIFFICULTY: "Difficulté annoncée",
    Ask.BOOK: "Questions avant le rendez-vous",
    Ask.CANCEL: "Rendez-vous annulé",
    Ask.OUTCOME: "Issue du rendez-vous",
    Ask.MEDIATION: "Demande de médiation",
    Ask.PROBLEM: "Problème signalé",
}
DONE = {
    "delai": "La décision est enregistrée ; l'entreprise en est avertie.",
    "piece": "C'est noté sur la demande de délai.",
    "promesse": "La promesse est notée ; les relances l'attendent.",
    "note": "La note est gardée.",
    "coordonnees": "Les coordonnées sont corrigées ; un message part à la nouvelle adresse pour les faire confirmer.",
    "rendez-vous": "C'est enregistré ; un message part à l'entreprise quand il le faut.",
    "reunion": "C'est enregistré ; l'entreprise en est avertie.",
    "horloge": "L'horloge de ce parcours a avancé.",
}


@dataclass(frozen=True)
class Trouble:
    """Why a form was refused, and what had been filled in."""

    place: str
    detail: str
    status: int
    given: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Written:
    """Something an agent or the enterprise wrote, and on what occasion."""

    at: datetime
    author: str | None
    occasion: str
    text: str = field(repr=False)


@dataclass(frozen=True)
class Stored:
    """What one visit reads of the database besides the dossier."""

    past: History
    notes: Sequence[Written]
    agents: Mapping[str, str] = field(repr=False)
    free: tuple[Slot, ...]
    places: Sequence[Row[Any]]
    meetings: Sequence[Row[Any]]
    set_aside: Sequence[Row[Any]]


async def show(desk: Desk, person: Person, request: Request) -> Response:
    """Read-only."""
    return await enterprise(desk, person, request)


async def enterprise(desk: Desk, person: Person, request: Request, trouble: Trouble | None = None) -> Response:
    """The page, with the form that was refused if one was."""
    async with as_organisation(desk.engine, person.organisation) as connection:
        dossier = await open_dossier(desk, connection, person, request.path_params["siren"])
        stored = await _stored(connection, dossier, whole="historique" in request.query_params)
    return await computed(_page, desk, person, request, trouble, dossier, stored)


def _page(
    desk: Desk, person: Person, request: Request, trouble: Trouble | None, dossier: Dossier, stored: Stored
) -> Response:
    ahead = forecast(dossier.stored.journey, dossier.now, dossier.rulebook)
    return screen(
        "enterprise",
        person=person,
        request=request,
        policy=dossier.world.current,
        status=trouble.status if trouble else 200,
        trouble=trouble,
        done=DONE.get(request.query_params.get("fait", "")),
        dossier=dossier,
        journey=dossier.journey,
        accounts=accounts_of(dossier.journey),
        stored=stored,
        people={**stored.agents, **desk.rulebook.organisations},
        situation=situation(dossier.journey, dossier.world),
        ends_on=shown_end(dossier.journey, dossier.world.policy),
        ahead=ahead,
        shown=AHEAD_SHOWN,
        rules=_rules(stored.past, ahead),
        **_cases(dossier),
        can_fast_forward=desk.settings.console_login == "development",
    )


async def _stored(connection: AsyncConnection, dossier: Dossier, *, whole: bool) -> Stored:
    organisation = dossier.journey.organisation
    referent = dossier.journey.referent
    free = await slots.free(connection, organisation, dossier.world.current.zone, dossier.now, rather=referent)
    places = await meetings.places_of(connection, dossier.siren, dossier.now)
    announced = await meetings.listed(connection, organisation, dossier.now)
    mine_first = sorted(free, key=lambda it: (it.agent != referent, it.starts_at))
    return Stored(
        past=await history(connection, dossier.siren, whole=whole),
        notes=await written(connection, dossier),
        agents=await roster.names(connection, organisation),
        free=tuple(mine_first[:SLOTS_SHOWN]),
        places=places,
        set_aside=await unapplied.set_aside_of(connection, dossier.siren),
        meetings=[it for it in announced if not it.cancelled and it.id not in {place.id for place in places}],
    )


async def written(connection: AsyncConnection, dossier: Dossier) -> list[Written]:
    """Notes and reasons, and what was noted on ending a task, newest first."""
    done = await worklist.noted(connection, dossier.siren)
    ended = [Written(it.done_at, it.done_by, it.summary, it.note) for it in done]
    rows = await notes.of_journey(connection, dossier.siren)
    said = [Written(it.at, it.author, OCCASIONS.get(it.subject.partition(":")[0], "Note"), it.text) for it in rows]
    return sorted(ended + said, key=lambda it: it.at, reverse=True)


def _cases(dossier: Dossier) -> dict[str, Any]:
    journey, world = dossier.journey, dossier.world
    plans = sorted(journey.plans.values(), key=lambda it: it.requested_at, reverse=True)
    return {
        "plans": [plan_view(it, journey, world) for it in plans],
        "incidents": sorted(journey.incidents.values(), key=lambda it: it.opened_at, reverse=True),
        "left": {it.id: left_to_pay(journey, it) for it in journey.incidents.values()},
        "appointments": sorted(journey.appointments.values(), key=lambda it: it.offered_at, reverse=True),
        "promises": [_promise(it, world.now) for it in journey.commitments.values() if not it.met_at],
        "pieces": PIECES,
        "period": lambda case: period_label(journey, case.key),
        "today": world.today,
    }


def _promise(commitment: Any, now: Any) -> dict[str, Any]:
    waits = commitment.paused_at is not None
    left = "horloge arrêtée" if waits else time_left(commitment.due_at, now)
    return {"it": commitment, "left": left, "urgency": "later" if waits else urgency(commitment.due_at, now)}


def _rules(past: History, ahead: Sequence[Upcoming]) -> list[tuple[str, str]]:
    named = {it.rule for it in past.lines} | {it.effect.rule for it in ahead}
    return [(rule, SENTENCES[rule]) for rule in sorted(named) if rule in SENTENCES]
