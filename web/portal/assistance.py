"""``help``: a difficulty announced, an appointment asked for, a problem told, a mediation (INC-1, APT-1, MED-1)."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.datastructures import FormData, QueryParams
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from domain.identifiers import parse_period
from domain.requests import Ask, Request
from domain.rules.appointments import KINDS, MEANS
from domain.rules.asked_in_writing import waiting_request
from domain.rules.mediation import MEDIATION
from domain.rules.problems import PROBLEM
from domain.space.overview import standing_overview
from web.asking import answer
from web.desk import Desk
from web.portal.texts import LONGEST, TOO_LONG, keep, written
from web.portal.visit import Visit, follow
from web.rendering import page

ASKS = {
    "difficulte": Ask.DIFFICULTY,
    "rendez-vous": Ask.APPOINTMENT,
    "probleme": Ask.PROBLEM,
    "mediation": Ask.MEDIATION,
}
ASKED_FOR = ("other", "legal_security")
"""The appointments that need no reason of ours; the others are offered when theirs comes."""

WAITING = {"probleme": PROBLEM, "mediation": MEDIATION}
"""What is told in words alone, and answered in writing."""

NOTHING = {"acte": "", "texte": ""}


async def show(_desk: Desk, visit: Visit, query: QueryParams) -> Response:
    """What can be asked, or thanks once it was."""
    return _page(visit, done=query.get("fait"))


async def act(desk: Desk, visit: Visit, form: FormData) -> Response:
    """Ask the journey. What was filled in and the view make the id: a double click asks once."""
    name, text = str(form.get("acte")), written(form, "texte")
    if name not in ASKS:
        raise HTTPException(400)
    filled = {"acte": name, "texte": text}
    fields = _fields(visit, name, form)
    wrong = _fault(name, fields, text)
    if fields is None or wrong:
        return _page(visit, filled=filled, problem=wrong, status=422)
    parts = (name, form.get("vue"), text, *fields.values())
    note = await keep(desk, visit, ":".join((ASKS[name], *_about(fields))), text, *parts)
    request = Request(visit.key(*parts), ASKS[name], {**fields, "note": note and note.id, "by": str(visit.author)})
    reply = await answer(desk, visit.link.siren, visit.path, request, note)
    if reply.status == 201:
        return RedirectResponse(f"{visit.path}?fait={name}", 303)
    return _page(await follow(desk, visit.token), filled=filled, problem=reply.detail, status=reply.status)


def _fault(name: str, fields: Mapping[str, str] | None, text: str) -> str | None:
    if fields is None:
        return "Choisissez dans la liste."
    if name in WAITING and not text:
        return "Dites-nous ce qui s'est passé."
    return TOO_LONG if len(text) > LONGEST else None


def _fields(visit: Visit, name: str, form: FormData) -> dict[str, str] | None:
    """What the journey is told of a form; ``None`` for a choice that was not offered."""
    if name == "difficulte":
        key = str(form.get("periode"))
        account, _, period = key.rpartition("/")
        return {"account": account, "period": period} if key in _periods(visit) else None
    if name == "rendez-vous":
        kind, means = str(form.get("objet")), str(form.get("forme") or "")
        offered = kind in _kinds(visit) and means in ("", *MEANS)
        return ({"kind": kind} | ({"format": means} if means else {})) if offered else None
    return {}


def _about(fields: Mapping[str, str]) -> tuple[str, ...]:
    return (fields["period"],) if "period" in fields else ()


def _periods(visit: Visit) -> dict[str, str]:
    """The periods to pay that are ahead, in difficulty, or past without news, by the key of their contribution."""
    seen = standing_overview(visit.standing, visit.standing_world)
    lines = (it for it in (*seen.past, *seen.ahead) if it.kind != "declaration")
    labels = {it.key: it.label for it in lines if it.left != 0}
    labels |= {it.key: it.label for it in seen.debts if it.left != 0}
    labels |= {f"{it.account}/{it.period}": it.label for it in seen.plans}
    keys = sorted(labels, key=lambda key: (parse_period(key.rpartition("/")[2]).last_day, key))
    return {key: labels[key] for key in keys}


def _kinds(visit: Visit) -> dict[str, str]:
    alone = not visit.journey.accountant
    return {kind: KINDS[kind].label for kind in ASKED_FOR if alone or not KINDS[kind].without_accountant}


def _page(
    visit: Visit,
    *,
    done: str | None = None,
    filled: Mapping[str, str] | None = None,
    problem: str | None = None,
    status: int = 200,
) -> Response:
    return page(
        "assistance",
        status=status,
        visit=visit,
        done=done if done in ASKS else None,
        filled=filled or NOTHING,
        problem=problem,
        periods=_periods(visit) if visit.journey.is_open else {},
        kinds=_kinds(visit),
        means=MEANS,
        longest=LONGEST,
        waiting={
            name: owed.due_at for name, kind in WAITING.items() if (owed := waiting_request(visit.standing, kind))
        },
    )
