"""When to call again, as an agent chose it on the sheet of a call that reached nobody (INC-3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from starlette.datastructures import FormData

from domain.rules.calls import Unfit, end_of_half, last_day, may_be_tried_again, next_half_day, why_not_again
from notifications.wording import jour_mail
from web.console.dossier import Dossier
from web.console.forms import day_of, text_of

NO_DAY = "Ce jour n'existe pas : choisissez une date, ou laissez la case vide."
WHICH_DAY = "Choisissez aussi le jour, ou laissez « Dans la journée »."
UNFIT = {
    Unfit.NOT_A_CALL: "Un jour de rappel ne va qu'avec « Message laissé » ou « Pas joint », sur l'appel d'un incident"
    " en cours : laissez la case vide, ou changez l'issue.",
    Unfit.LAST: "C'était la dernière tentative : une lettre prend la suite. Laissez le jour de rappel vide.",
    Unfit.PAST: "Ce moment est passé : choisissez un jour à venir.",
    Unfit.NOT_WORKED: "Ce jour n'est pas ouvré : choisissez par exemple le {next}.",
    Unfit.TOO_FAR: "Ce jour est trop lointain : rappelez au plus tard le {last}.",
}


@dataclass(frozen=True)
class Chosen:
    """When to have called again, ``None`` when that was left to the rules; or what is ``wrong`` with it, in French."""

    by: datetime | None = None
    wrong: str | None = None


def chosen(form: FormData, dossier: Dossier, key: str) -> Chosen:
    """What the form of the task of that key says."""
    if not text_of(form, "rappel"):
        return Chosen(wrong=WHICH_DAY if text_of(form, "moment") else None)
    day, half, world = day_of(form, "rappel"), text_of(form, "moment"), dossier.world
    if day is None:
        return Chosen(wrong=NO_DAY)
    unfit = why_not_again(dossier.journey, key, str(form.get("issue")), day, half, world)
    if unfit is None:
        return Chosen(end_of_half(day, half, world))
    next_day = jour_mail(world.calendar.working_day_on_or_after(day))
    return Chosen(wrong=UNFIT[unfit].format(next=next_day, last=jour_mail(last_day(world))))


def proposed(dossier: Dossier, key: str) -> dict[str, object] | None:
    """What the form proposes: ``first`` and ``last`` day, ``otherwise`` the next half-day; ``None`` without attempt."""
    world = dossier.world
    if not may_be_tried_again(dossier.journey, key, world):
        return None
    return {"first": world.today, "last": last_day(world), "otherwise": next_half_day(world.now, world)}
