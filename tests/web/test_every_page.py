"""What holds on all pages: French, structure, labels, privacy, nothing from elsewhere."""

from dataclasses import dataclass, field
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any
from uuid import UUID

import pytest

from db import enterprises
from domain.calendar import add_months
from domain.state import Phase
from tests.web.cases import OFFERED, every_case
from tests.web.conftest import JOURNEY, SIREN, TODAY, URL, Pages

FIELDS = {"input", "select", "textarea"}
VOID = {"input", "meta", "link", "br", "img"}


@dataclass
class Outline(HTMLParser):
    """What a page is made of."""

    seen: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def all(self, *tags: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.seen if tag in tags]


SENT = UUID(int=1)


async def _write_to_the_accountant(pages: Pages) -> None:
    async with pages.engine.begin() as connection:
        await enterprises.describe(connection, SIREN, {"accountant_email": "cabinet@example.org"})
    copy = {"channel": "mail", "recipient": "accountant", "to": "cabinet@example.org"}
    await pages.message(**copy, title="Copie : échéance")
    await pages.message(**copy, id=SENT, template="clients")


async def _paths(pages: Pages) -> dict[str, str]:
    late = timedelta(days=-1)
    await _write_to_the_accountant(pages)
    cases = await every_case(pages, opened_on=add_months(TODAY, -17), phase=Phase.NOTICE)
    return cases | {
        "/": "/",
        "accessibilite": "/accessibilite",
        "sheet": "/fiches/11",
        "outbox": "/outbox",
        "confirm": pages.link("confirm"),
        "preferences": f"{pages.link('preferences')}?fait",
        "decline": f"{pages.link('preferences')}?arret",
        "extend": pages.link("extend"),
        "extended": f"{pages.link('extend')}?fait",
        "survey": pages.link("survey"),
        "agenda": pages.link("agenda"),
        "help": pages.link("help"),
        "meetings": pages.link("meetings"),
        "accountant": pages.link("accountant"),
        "clients": pages.link("clients", SENT.hex),
        "helped": f"{pages.link('help')}?fait=rendez-vous",
        "plan": pages.link("plan", f"{JOURNEY.account}/2026-05"),
        "plan asked": pages.link("plan", f"{JOURNEY.account}/2026-01"),
        "plan impossible": pages.link("plan", f"{JOURNEY.account}/2026-02"),
        "bad": "/l/bad",
        "expired": pages.link("confirm", valid_for=late),
        "missing": "/missing",
    }


async def _outlines(pages: Pages) -> dict[str, Outline]:
    await pages.message(text=f"Voir {URL}{pages.link('agenda')}")
    answers = {name: await pages.browser.get(path) for name, path in (await _paths(pages)).items()}
    answers["wrong survey"] = await pages.browser.post(pages.link("survey"), data={"comment": "a" * 3000})
    wrong_plan = {"date-1": "demain", "montant-1": "beaucoup", "motif": "a" * 3000}
    answers["wrong plan"] = await pages.browser.post(pages.link("plan", f"{JOURNEY.account}/2026-05"), data=wrong_plan)
    answers["wrong help"] = await pages.browser.post(pages.link("help"), data={"acte": "probleme"})
    answers["wrong slot"] = await pages.browser.post(pages.link("slot", OFFERED.id), data={"acte": "reserver"})
    return {name: _outline(answer.text) for name, answer in answers.items()}


def _outline(text: str) -> Outline:
    outline = Outline()
    outline.feed(text)
    return outline


async def test_the_pages_of_an_accountant_are_among_them(pages: Pages) -> None:
    paths = await _paths(pages)
    assert "Copie\u00a0: échéance" in (await pages.browser.get(paths["clients"])).text


async def test_every_page_has_a_language_a_title_landmarks_and_one_main_heading(pages: Pages) -> None:
    for name, outline in (await _outlines(pages)).items():
        assert outline.all("html") == [{"lang": "fr"}], name
        assert outline.open == [], name
        for tag in ("title", "header", "main", "footer", "h1"):
            assert len(outline.all(tag)) == 1, (name, tag)


async def test_every_field_has_a_label_and_every_reference_a_target(pages: Pages) -> None:
    for name, outline in (await _outlines(pages)).items():
        ids = [attributes["id"] for _, attributes in outline.seen if "id" in attributes]
        assert len(ids) == len(set(ids)), name
        labelled = {label["for"] for label in outline.all("label")}
        asked = {it["id"] for it in outline.all(*FIELDS) if it.get("type") != "hidden"}
        assert asked == labelled, name
        assert {reference for reference in _references(outline) if reference not in ids} == set(), name


def _references(outline: Outline) -> set[str]:
    named = [attributes.get(key) or "" for _, attributes in outline.seen for key in REFERENCES]
    anchors = [(a.get("href") or "") for a in outline.all("a")]
    return {part for value in named for part in value.split()} | {a[1:] for a in anchors if a.startswith("#")}


REFERENCES = ("for", "aria-labelledby", "aria-describedby")


async def test_no_page_loads_anything_from_elsewhere_or_runs_anything(pages: Pages) -> None:
    for name, outline in (await _outlines(pages)).items():
        assert outline.all("script", "style", "iframe", "img") == [], name
        loaded = [link["href"] for link in outline.all("link")]
        assert loaded == ["/static/parcours.css", "/static/parcours.svg"], name
        for _, attributes in outline.seen:
            assert not [key for key in attributes if key.startswith("on") or key in ("style", "src")], name


async def test_every_answer_keeps_its_address_and_content_private(pages: Pages) -> None:
    for path in (*(await _paths(pages)).values(), "/static/parcours.css"):
        headers = (await pages.browser.get(path)).headers
        assert headers["referrer-policy"] == "no-referrer"
        assert "noindex" in headers["x-robots-tag"]
        assert headers["cache-control"] == "no-store"
        assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'")
        assert "set-cookie" not in headers


async def test_the_mention_of_accessibility_is_on_every_page(pages: Pages) -> None:
    for path in (await _paths(pages)).values():
        assert '<a href="/accessibilite">Accessibilité\u00a0: non conforme</a>' in (await pages.browser.get(path)).text


@pytest.mark.parametrize("path", ["/static/parcours.css", "/static/parcours.svg"])
async def test_static_files_are_served_here(pages: Pages, path: str) -> None:
    assert (await pages.browser.get(path)).status_code == 200


async def test_an_error_of_ours_is_a_page_that_gives_nothing_away(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("nadia@example.org")

    monkeypatch.setattr("web.portal.confirmation.page", fail)
    answer = await pages.browser.get(pages.link("confirm"))
    assert answer.status_code == 500
    assert "L'erreur vient de nous" in answer.text
    assert "nadia" not in answer.text
