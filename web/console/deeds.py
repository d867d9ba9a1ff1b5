"""What the forms of an enterprise's page ask of its journey: plans, promises, appointments, notes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from db import meetings, notes
from db.notes import Kept
from db.refusals import Refused, Unknown
from db.tenancy import as_organisation
from domain import requests
from domain.requests import Ask
from domain.rules.appointments import KINDS, MEANS
from domain.rules.plans import PIECES
from web.amounts import euros_of
from web.asking import answer
from web.console.dossier import open_dossier
from web.console.enterprise import Trouble, enterprise
from web.console.forms import day_of, operation_of, text_of
from web.console.people import Person
from web.desk import Desk

DECISIONS = ("accept", "counter", "refuse")
PIECE = {"manque": Ask.MISSING_PIECE, "recue": Ask.PIECE_RECEIVED}
MOST_ROWS = 60
BAD_ROW = "Échéance {rank} : indiquez une date et un montant, par exemple 310,12."


async def decide_plan(desk: Desk, person: Person, request: Request, form: FormData) -> Response:
    """Accept, refuse with a reason, or counter with other instalments (PLN-4, PLN-5)."""
    decision, plan = str(form.get("decision")), request.path_params["plan"]
    place = f"delai-{plan}"
    if decision not in DECISIONS:
        return await _again(desk, person, request, form, place, "Choisissez une décision.")
    drawn = _instalments(form) if decision == "counter" else []
    if isinstance(drawn, str):
        return await _again(desk, person, request, form, place, drawn)
    data = {"plan": plan, "decision": decision, "instalments": drawn}
    return await _put(desk, person, request, form, Ask.DECIDE_PLAN, place, "delai", **data)


def _instalments(form: FormData) -> list[dict[str, str]] | str:
    """The rows that were filled in, or what is wrong with one of them."""
    days, amounts = form.getlist("due_on")[:MOST_ROWS], form.getlist("amount")[:MOST_ROWS]
    rows = [(str(day), str(amount)) for day, amount in zip(days, amounts, strict=False) if day or amount]
    drawn = []
    for rank, (day, written) in enumerate(rows, 1):
        due_on, amount = day_of(FormData({"due_on": day}), "due_on"), euros_of(written)
        if due_on is None or amount is None:
            return BAD_ROW.format(rank=rank)
        drawn.append({"due_on": due_on.isoformat(), "amount": str(amount)})
    return sorted(drawn, key=lambda it: it["due_on"])


async def note_piece(desk: Desk, person: Person, request: Request, form: FormData) -> Response:
    """A piece is missing, which stops the clock, or it came (PLN-3)."""
    what, piece, plan = PIECE.get(str(form.get("action"))), str(form.get("piece")), request.path_params["plan"]
    if what is None or piece not in PIECES:
        raise HTTPException(400)
    return await _put(desk, person, request, form, what, f"delai-{plan}", "piece", plan=plan, piece=piece)


async def note_promise(desk: Desk, person: Person, request: Request, form: FormData) -> Response:
    """A promise to pay on a day: follow-ups wait for it (INC-9)."""
    on = day_of(form, "on")
    if on is None:
        return await _again(desk, person, request, form, "incidents", "Indiquez la date du paiement promis.")
    data = {"incident": str(form.get("incident")), "on": on.isoformat()}
    return await _put(desk, person, request, form, Ask.PROMISE, "incidents", "promesse", **data)


async def offer(desk: Desk, person: Person, request: Request, form: FormData) -> Response:
    """Offer an appointment of a kind (APT-1)."""
    kind, means = str(form.get("kind")), str(form.get("format") or "") or None
    if kind not in KINDS or means not in (None, *MEANS):
        raise HTTPException(400)
    data = {"kind": kind, "format": means}
    return await _put(desk, person, request, form, Ask.APPOINTMENT, "rendez-vous", "rendez-vous", **data)


async def change_appointment(desk: Desk, person: Person, request: Request, form: FormData) -> Response:
    """Book it, move it, give it up, or say how it went (APT-2)."""
    data: dict[str, Any] = {"appointment": request.path_params["appointment"]}
    what, slot = str(form.get("action")), str(form.get("slot") or "")
    match what:
        case "reserver" | "deplacer" if not slot:
            return await _again(desk, person, request, form, "rendez-vous", "Choisissez un créneau.")
        case "reserver" | "deplacer":
            means = str(form.get("format") or "")
            ask = Ask.BOOK if what == "reserver" else Ask.RESCHEDULE
            data |= {"slot": slot} | ({"format": means} if means in MEANS else {})
        case "annuler":
            ask = Ask.CANCEL
        case "held" | "missed":
            ask, data["status"] = Ask.OUTCOME, what
        case _:
            raise HTTPException(400)
    return await _put(desk, person, request, form, ask, "rendez-vous", "rendez-vous", **data)


async def register(desk: Desk, person: Person, request: Request, form: FormData) -> Response:
    """Take a place in a meeting for the enterprise, or give it up (APT-5)."""
    deed = {"inscrire": meetings.register, "desinscrire": meetings.leave}.get(str(form.get("action")))
    if deed is None:
        raise HTTPException(400)
    meeting = str(form.get("reunion")).replace("\x00", "")
    try:
        async with as_organisation(desk.engine, person.organisation) as connection:
            dossier = await open_dossier(desk, connection, person, request.path_params["siren"])
            await deed(connection, person.organisation, meeting, dossier.siren, dossier.now)
    except Refused as refusal:
        return await enterprise(desk, person, request, Trouble("reunions", str(refusal), 409, _given(form)))
    except Unknown:
        raise HTTPException(404) from None
    return RedirectResponse(f"{dossier.path}?fait=reunion#reunions", 303)


async def write_note(desk: Desk, person: Person, request: Request, form: FormData) -> Response:
    """Keep a note on the enterprise; the same form sent twice keeps one."""
    text = text_of(form, "note")
    if text is None:
        return await _again(desk, person, request, form, "notes", "Écrivez la note avant de l'enregistrer.")
    async with as_organisation(desk.engine, person.organisation) as connection:
        dossier = await open_dossier(desk, connection, person, request.path_params["siren"])
        await _keep(connection, dossier.siren, person, operation_of(person, request, form), "note", text)
    return RedirectResponse(f"{dossier.path}?fait=note#notes", 303)


async def _put(
    desk: Desk, person: Person, request: Request, form: FormData, what: Ask, place: str, done: str, **data: Any
) -> Response:
    """Ask the journey; a double click is one request."""
    text, operation = text_of(form, "note"), operation_of(person, request, form)
    async with as_organisation(desk.engine, person.organisation) as connection:
        dossier = await open_dossier(desk, connection, person, request.path_params["siren"])
        note = await _keep(connection, dossier.siren, person, operation, _subject(what, data), text) if text else None
    asked = requests.Request(str(operation), what, {**data, "note": note and note.id, "by": person.author})
    reply = await answer(desk, dossier.siren, dossier.path, asked, note)
    if reply.status >= 400:
        return await enterprise(desk, person, request, Trouble(place, reply.detail, reply.status, _given(form)))
    return RedirectResponse(f"{dossier.path}?fait={done}#{place}", 303)


def _subject(what: Ask, data: dict[str, Any]) -> str:
    named = (str(data[name]) for name in ("plan", "appointment", "incident") if name in data)
    return ":".join((what, *named))


async def _keep(connection: Any, siren: str, person: Person, operation: UUID, subject: str, text: str) -> Kept:
    return await notes.keep(
        connection,
        operation=operation,
        siren=siren,
        organisation=person.organisation,
        subject=subject,
        author=person.author,
        text=text,
    )


async def _again(desk: Desk, person: Person, request: Request, form: FormData, place: str, detail: str) -> Response:
    return await enterprise(desk, person, request, Trouble(place, detail, 422, _given(form)))


def _given(form: FormData) -> dict[str, Any]:
    rows = zip(form.getlist("due_on"), form.getlist("amount"), strict=False)
    written = {name: str(value) for name, value in form.items() if isinstance(value, str)}
    return {**written, "rows": [{"due_on": str(day), "amount": str(amount)} for day, amount in rows]}
