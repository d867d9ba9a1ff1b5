"""From a template and its context to the words that leave: Markdown for mail, GSM-7 for SMS."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from notifications.markdown import both, escaped, to_text
from notifications.ports import Channel
from notifications.sms import gsm_safe, segments
from notifications.typography import breakable, unbreakable
from notifications.wording import FILTERS

_FOLDER = Path(__file__).parent / "templates"

TEMPLATES = tuple(
    sorted(path.name.removesuffix(".md.j2") for path in _FOLDER.glob("*.md.j2") if not path.name.startswith("_"))
)


MOST_SEGMENTS = 2
NAMES = ({"own": 38, "contact": 30}, {"own": 24, "contact": 22}, {"own": 12, "contact": 14})
"""Septets of the enterprise's and the contact's names: what a SMS has to say is never cut, names are (COM-5)."""


@dataclass(frozen=True)
class Rendered:
    """What is sent; an SMS has neither subject nor HTML. `repr` hides the words, which name people."""

    subject: str
    text: str
    html: str

    def __repr__(self) -> str:
        return f"Rendered({len(self.text)} characters)"


def render(template: str, channel: Channel, context: Mapping[str, Any]) -> Rendered:
    """Fill a template of TEMPLATES; raises jinja2.UndefinedError for a variable the context lacks."""
    return _sms(template, context) if channel == "sms" else _mail(template, context)


def _sms(template: str, context: Mapping[str, Any]) -> Rendered:
    templates = _environment("sms")
    body = templates.get_template(f"{template}.sms.j2").render(context)
    frame = templates.get_template("_sms.sms.j2")
    for widths in NAMES:
        text = " ".join(gsm_safe(frame.render(context, body=body, template=template, **widths)).split())
        if segments(text)[1] <= MOST_SEGMENTS:
            break
    return Rendered("", text, "")


def _mail(template: str, context: Mapping[str, Any]) -> Rendered:
    own_subject, own_body = _letter(_markdown(template, context))
    parts = {"template": template, "own_subject": Markup(own_subject), "own_body": Markup(own_body)}  # noqa: S704
    subject, body = _letter(_markdown("_letter", {**context, **parts}))
    footer = _markdown("_footer", context)
    (body_html, body_text), (footer_html, footer_text) = both(body, button=True), both(footer)
    title = to_text(subject)
    page = _environment("page").get_template("_layout.html.j2")
    html = page.render(
        subject=unbreakable(title), organisation=context["organisation"], body=body_html, footer=footer_html
    )
    return Rendered(title, breakable(f"{body_text}\n\n--\n{footer_text}\n"), html)


def _markdown(template: str, context: Mapping[str, Any]) -> str:
    return _environment("mail").get_template(f"{template}.md.j2").render(context)


def _letter(source: str) -> tuple[str, str]:
    """A letter's subject, on its first line, and its body."""
    subject, _, body = source.partition("\n")
    return subject.removeprefix("Subject: "), body.strip()


@cache
def _environment(kind: Literal["mail", "sms", "page"]) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        undefined=StrictUndefined,
        autoescape=kind != "sms",  # noqa: S701 (an SMS is not HTML)
        finalize=_FINALIZE[kind],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    if kind != "page":
        environment.filters |= FILTERS[kind]
    return environment


def _present(value: object) -> object:
    if value is None:
        raise ValueError("a template shows a value that is absent")
    return value


_FINALIZE: dict[str, Callable[[Any], Any]] = {"mail": escaped, "sms": _present, "page": _present}
