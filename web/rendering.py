"""Templates in French; a variable a page lacks is an error, and everything is escaped."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.ext import Extension
from starlette.responses import HTMLResponse

from domain.vocabulary import event_name
from domain.words import day, percent
from notifications.typography import unbreakable, unbreakable_page
from notifications.wording import euros_mail, heure_mail, jour_mail, telephone

FOLDER = Path(__file__).parent
MONTHS = ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")


class FrenchSpaces(Extension):
    """No line of a page begins with a sign that French parts from the word before it."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:  # noqa: ARG002
        """The source of a template with those spaces unbreakable; ``!=`` is not such a sign."""
        return re.sub(r" (?=[:;?!€»](?!=))", "\u00a0", source)


def page(template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    """A page of ``templates/``, as an answer."""
    return HTMLResponse(html(template, context), status)


def html(template: str, context: Mapping[str, Any]) -> str:
    """The words of a page of ``templates/``, its numbers unbroken (COM-5)."""
    return unbreakable_page(_environment().get_template(f"{template}.html.j2").render(context))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        undefined=StrictUndefined,
        autoescape=True,
        extensions=[FrenchSpaces],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "jour": jour_mail,
        "heure": heure_mail,
        "euros": _euros,
        "telephone": telephone,
        "instant": _instant,
        "date": day,
        "moment": _moment,
        "siren": _siren,
        "percent": percent,
        "event_name": event_name,
    }
    return environment


def _instant(instant: datetime) -> str:
    """``lundi 16 novembre 2026 à 8 h 30``, in the instant's own zone; the time stays on one line."""
    return f"{jour_mail(instant.date())} à\u00a0{instant.hour}\u00a0h\u00a0{instant.minute:02}"


def _moment(instant: datetime) -> str:
    """``lun. 16 nov., 8 h 30``, in the instant's own zone; the time stays on one line."""
    weekday, number, _, _ = jour_mail(instant.date()).split()
    month = MONTHS[instant.month - 1]
    return f"{weekday[:3]}. {number} {month}, {instant.hour}\u00a0h\u00a0{instant.minute:02}"


def _euros(amount: Decimal) -> str:
    return unbreakable(euros_mail(amount))


def _siren(siren: str) -> str:
    return "\u00a0".join((siren[:3], siren[3:6], siren[6:]))
