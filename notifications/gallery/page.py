"""The page of the gallery: mails as read on a desk and on a phone, SMS with what they are billed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from notifications.gallery.examples import BY_MAIL_ONLY, VARIANTS, context
from notifications.gallery.typical import typical
from notifications.rendering import Rendered, render
from notifications.sms import segments

DESK, PHONE = 600, 375
"""Widths at which a mail is shown, in pixels."""

POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""What the page may load: its own words, and those of the letters in its frames; nothing from elsewhere."""


@dataclass(frozen=True)
class Case:
    """One letter as it may leave; ``encoding`` and ``parts`` of its SMS, where it has one."""

    label: str
    mail: Rendered
    sms: str | None
    encoding: str
    parts: int


@dataclass(frozen=True)
class Shown:
    """A template in its cases."""

    template: str
    cases: tuple[Case, ...]


@cache
def gallery() -> str:
    """The whole page, in HTML."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), undefined=StrictUndefined, autoescape=True, trim_blocks=True
    )
    return environment.get_template("gallery.html.j2").render(letters=list(_letters()), desk=DESK, phone=PHONE)


def _letters() -> Iterator[Shown]:
    for template, variants in sorted(VARIANTS.items()):
        alone = {"for_accountant": True} if template in BY_MAIL_ONLY else {}
        usual = _case("cas courant", template, typical({**variants[0], **alone}))
        worst = max((_case("pire cas", template, context(**own, **alone)) for own in variants), key=_length)
        yield Shown(template, (usual, worst))


def _case(label: str, template: str, given: dict[str, Any]) -> Case:
    sms = render(template, "sms", given).text if template not in BY_MAIL_ONLY else None
    encoding, parts = segments(sms) if sms else ("", 0)
    return Case(label, render(template, "mail", given), sms, encoding, parts)


def _length(case: Case) -> int:
    return len(case.mail.text) + len(case.sms or "")
