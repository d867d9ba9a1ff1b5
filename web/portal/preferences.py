"""``preferences``: what is received and by which channel, unsubscription, the end of it all (COM-1, EXT-5)."""

from __future__ import annotations

from starlette.datastructures import FormData, QueryParams
from starlette.responses import RedirectResponse, Response

from domain.effects import Purpose
from domain.state import Channel
from web.desk import Desk
from web.portal.visit import Visit, store
from web.rendering import page

CHOSEN, DECLINED = "preferences.chosen", "journey.declined"
OPTIONAL = (Purpose.REMINDER, Purpose.INFORMATION)
CHOICES = tuple(f"{channel}:{purpose}" for purpose in OPTIONAL for channel in Channel)
MAIL_CHOICES = frozenset(f"{Channel.MAIL}:{purpose}" for purpose in OPTIONAL)


async def show(_desk: Desk, visit: Visit, query: QueryParams) -> Response:
    """The choices in force, or the page that asks whether the accompaniment should really stop."""
    if "arret" in query and _can_decline(visit):
        return page("decline", visit=visit)
    return page(
        "preferences",
        visit=visit,
        refused=_refused(visit),
        saved="fait" in query,
        can_decline=_can_decline(visit),
        declined=visit.pending(DECLINED) is not None,
    )


async def act(desk: Desk, visit: Visit, form: FormData) -> Response:
    """Store the new choices, the end asked for, or an unsubscription in one click (RFC 8058).

    Our forms say which they are. Whatever else is posted comes from a mail program that follows the header of an
    optional mail, in its own spelling: it refuses those mails, and nothing more.
    """
    if form.get("acte") == "choisir" or "recevoir" in form:
        await _choose(desk, visit, frozenset(CHOICES) - set(map(str, form.getlist("recevoir"))))
        return RedirectResponse(f"{visit.path}?fait", 303)
    if form.get("arret") == "oui":
        await store(desk, visit.event(DECLINED, {}, visit.journey.resumed_on))
        return RedirectResponse(visit.path, 303)
    await _choose(desk, visit, _refused(visit) | MAIL_CHOICES)
    return page("unsubscribed", visit=visit)


def is_chosen_here(form: FormData) -> bool:
    """Our own forms; anything else unsubscribes, which is never refused (COM-1)."""
    return form.get("acte") == "choisir" or "recevoir" in form or form.get("arret") == "oui"


async def _choose(desk: Desk, visit: Visit, refused: frozenset[str]) -> None:
    if refused != _refused(visit):
        # The rank of the last choice lets the same one be made again later, and a double click be one choice.
        last = max((row.seq for row in visit.choices if row.type == CHOSEN), default=0)
        await store(desk, visit.event(CHOSEN, {"opt_outs": sorted(refused)}, last, *sorted(refused)))


def _refused(visit: Visit) -> frozenset[str]:
    waiting = visit.pending(CHOSEN)
    return frozenset(waiting.data["opt_outs"] if waiting else visit.journey.opt_outs)


def _can_decline(visit: Visit) -> bool:
    return visit.journey.is_open and visit.pending(DECLINED) is None
