"""How amounts, dates and numbers are written, by channel. SMS keep to GSM-7; mail has French in full."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from markupsafe import Markup

from domain.obligations import MONTHS
from domain.phones import shown
from notifications.ports import Channel
from notifications.sms import gsm_safe, take

Person = Mapping[str, str | None]
_HEADING = re.compile(r"^#{1,5}(?=\s)", re.MULTILINE)

_DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")


def euros_mail(amount: Decimal) -> str:
    """`1 250,50 €`, with ordinary spaces."""
    return f"{_cents(amount):,}".replace(",", " ").replace(".", ",") + " €"


def euros_sms(amount: Decimal) -> str:
    """`1250,50 EUR`."""
    return f"{_cents(amount)}".replace(".", ",") + " EUR"


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def jour_mail(day: date) -> str:
    """`lundi 16 novembre 2026`, `dimanche 1er novembre 2026`."""
    number = "1er" if day.day == 1 else str(day.day)
    return f"{_DAYS[day.weekday()]} {number} {MONTHS[day.month - 1]} {day.year}"


def jour_sms(day: date) -> str:
    """`16/11/2026`."""
    return day.strftime("%d/%m/%Y")


def heure_mail(instant: datetime) -> str:
    """`14 h 30`, `9 h`, in the instant's own zone."""
    return f"{instant.hour} h {instant.minute:02}" if instant.minute else f"{instant.hour} h"


def heure_sms(instant: datetime) -> str:
    """`14h30`, `9h00`."""
    return f"{instant.hour}h{instant.minute:02}"


def telephone(number: str) -> str:
    """A number as French people read it, on one line: `01 23 45 67 89`, `+377 93 30 12 34`."""
    return shown(number)


def court(text: str, length: int) -> str:
    """The text in GSM-7, cut to that many septets."""
    safe = " ".join(gsm_safe(text).split())
    return safe if take(safe, length) == safe else take(safe, length - 3).rstrip() + "..."


def joindre_mail(person: Person, otherwise: Person) -> str:
    """How to reach a person, phone and mail; the other's if there is none."""
    return _ways(person, "phone", "email") or _ways(otherwise, "phone", "email")


def joindre_sms(person: Person, otherwise: Person) -> str:
    """The shortest way to reach a person: a phone, be it the other's, before an address."""
    return _ways(person, "phone") or _ways(otherwise, "phone") or _ways(person, "email") or _ways(otherwise, "email")


def _ways(person: Person, *kinds: str) -> str:
    return ", ".join(telephone(way) for kind in kinds if (way := person[kind]))


def as_written(text: str) -> Markup:
    """Markdown of a supervisor, headings one level down: the subject is the first."""
    return Markup(_HEADING.sub(r"\g<0>#", text.strip()))  # noqa: S704


FILTERS: dict[Channel, dict[str, Callable[..., str]]] = {
    "mail": {
        "euros": euros_mail,
        "telephone": telephone,
        "jour": jour_mail,
        "heure": heure_mail,
        "joindre": joindre_mail,
        "markdown": as_written,
    },
    "sms": {"euros": euros_sms, "jour": jour_sms, "heure": heure_sms, "court": court, "joindre": joindre_sms},
}
