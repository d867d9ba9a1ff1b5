"""PLN-1, PLN-2: a payment plan asked for from the link of a message."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from html import unescape
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.tables import notes
from domain.cases import PlanStatus
from domain.state import Contribution
from tests.web.cases import COUNTERED, Steps, ids, read
from tests.web.conftest import JOURNEY, NOW, TODAY, Pages
from web.portal.instalments import AN_AMOUNT, Line, drawn_up, faults
from web.portal.instalments import read as read_lines

PERIOD = "2026-01"
KEY = f"{JOURNEY.account}/{PERIOD}"


async def owe(pages: Pages, amount: str | None = "900", share: str | None = "400", **changes: Any) -> str:
    """A journey that owes for a period; return the link of its message."""
    owed = Contribution(
        JOURNEY.account,
        PERIOD,
        due_on=TODAY - timedelta(days=3),
        amount=amount and Decimal(amount),  # type: ignore[arg-type]
        employee_share=share and Decimal(share),  # type: ignore[arg-type]
        stated_at=NOW,
        stated_by="e",
    )
    await pages.become(contributions={KEY: owed}, **changes)
    return pages.link("plan", KEY)


def filled(text: str) -> dict[str, str]:
    """The form as the page shows it, ready to be sent."""
    tags = re.findall(r"<input[^>]*>", text)
    named = ((re.search(r' name="([^"]*)"', tag), re.search(r' value="([^"]*)"', tag)) for tag in tags)
    return {name[1]: value[1] for name, value in named if name and value}


async def send(pages: Pages, link: str, **changes: str) -> httpx.Response:
    return await pages.browser.post(link, data=filled(await read(pages, link)) | changes)


async def test_the_page_draws_up_even_instalments_the_first_paying_the_employee_share(pages: Pages) -> None:
    link = await owe(pages)
    form = filled(await read(pages, f"{link}?fois=4"))
    amounts = [form[f"montant-{rank}"] for rank in range(1, 5)]
    assert amounts == ["400,00", "166,66", "166,66", "166,68"]
    assert "date-5" not in form


async def test_a_request_sent_is_received_with_the_time_of_its_answer(pages: Pages, steps: Steps) -> None:
    link = await owe(pages)
    answer = await send(pages, link, motif="Un client paie en retard")
    assert (answer.status_code, answer.headers["location"]) == (303, link)
    text = await read(pages, link)
    assert "Votre demande de délai est reçue" in text
    assert "Nous vous répondons avant le" in text
    [asked] = steps.asked
    assert (asked.data["by"], asked.data["period"], len(asked.data["instalments"])) == ("enterprise", PERIOD, 3)
    [note] = await pages.rows(notes)
    assert (note.text, note.subject, str(note.id)) == ("Un client paie en retard", f"plan:{PERIOD}", asked.data["note"])


async def test_a_double_click_asks_once(pages: Pages, steps: Steps) -> None:
    link = await owe(pages)
    form = filled(await read(pages, link)) | {"motif": "Trésorerie"}
    answers = [await pages.browser.post(link, data=form) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert len(set(ids(steps.asked))) == 1
    assert len(await pages.rows(notes)) == 1


async def test_reading_the_page_changes_nothing(pages: Pages, steps: Steps) -> None:
    link = await owe(pages)
    before = await pages.content()
    for view in ("", "?fois=12", "?fois=x"):
        await read(pages, link + view)
    assert await pages.content() == before
    assert steps.asked == []


@pytest.mark.parametrize("amount", ["beaucoup", "nan", "1e30"])
async def test_what_is_no_date_or_amount_is_named_and_kept(pages: Pages, steps: Steps, amount: str) -> None:
    answer = await send(pages, await owe(pages), **{"date-1": "demain", "montant-2": amount})
    text = unescape(answer.text)
    assert answer.status_code == 422
    assert 'href="#date-1"' in text
    assert 'href="#montant-2"' in text
    assert f'value="{amount}"' in text
    assert steps.asked == []


async def test_what_was_refused_is_still_there_when_the_page_is_loaded_again(pages: Pages, steps: Steps) -> None:
    link = await owe(pages)
    refused = await send(pages, link, **{"montant-1": "1,00", "motif": "Un client paie en retard"})
    assert refused.status_code == 409
    cookie = refused.headers["set-cookie"]
    assert "Un client" not in cookie
    assert f"Path={link.removeprefix('http://pages.example')}" in cookie
    assert "HttpOnly" in cookie
    again = await read(pages, link)
    assert filled(again)["montant-1"] == "1,00"
    assert "Un client paie en retard" in again


async def test_a_field_that_was_wrong_is_named_again_and_another_split_starts_anew(pages: Pages, steps: Steps) -> None:
    link = await owe(pages)
    await send(pages, link, **{"montant-1": "douze"})
    again = await read(pages, link)
    assert (filled(again)["montant-1"], AN_AMOUNT in again) == ("douze", True)
    assert filled(await read(pages, f"{link}?fois=2"))["montant-1"] == "450,00"


async def test_a_form_once_taken_is_kept_no_longer(pages: Pages, steps: Steps) -> None:
    link = await owe(pages)
    await send(pages, link, **{"montant-1": "douze"})
    form = filled(await read(pages, f"{link}?fois=2"))
    assert (await pages.browser.post(link, data=form)).status_code == 303
    assert "parcours-form" not in pages.browser.cookies


@pytest.mark.parametrize("value", ["x", "gAAAAAB", ""])
async def test_a_kept_form_that_is_none_of_ours_is_as_none(pages: Pages, value: str) -> None:
    link = await owe(pages)
    answer = await pages.browser.get(link, headers={"Cookie": f"parcours-form={value}"})
    assert answer.status_code == 200


async def test_a_total_that_is_not_the_debt_is_refused_by_the_rules_and_kept(pages: Pages, steps: Steps) -> None:
    answer = await send(pages, await owe(pages), **{"montant-1": "500", "motif": "Un client paie en retard"})
    assert answer.status_code == 409
    assert "Un client paie en retard" in answer.text
    assert await pages.rows(notes) == []
    assert "elle doit égaler la dette" in unescape(answer.text)
    assert 'value="500"' in answer.text


async def test_a_row_left_blank_does_not_count(pages: Pages, steps: Steps) -> None:
    changes = {"montant-1": "400", "montant-2": "500,00 €", "date-3": "", "montant-3": ""}
    assert (await send(pages, await owe(pages), **changes)).status_code == 303
    assert len(steps.asked[0].data["instalments"]) == 2


async def test_a_missing_share_stops_the_clock_and_is_said(pages: Pages, steps: Steps) -> None:
    link = await owe(pages)
    await send(pages, link, **{"montant-1": "300", "montant-2": "300", "montant-3": "300"})
    assert "il manque d'abord" in await read(pages, link)


async def test_a_debt_of_unknown_amount_is_left_to_fill_in(pages: Pages, steps: Steps) -> None:
    link = await owe(pages, None, None)
    form = filled(await read(pages, f"{link}?fois=1"))
    assert form["montant-1"] == ""
    assert (await pages.browser.post(link, data=form | {"montant-1": "310,50"})).status_code == 303


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"plans": {"p": replace(COUNTERED, id="p", status=PlanStatus.RUNNING)}}, "Un délai de paiement court déjà"),
        ({"plans": {"p": replace(COUNTERED, id="p")}}, "répondez-y par le lien de notre dernier message"),
    ],
)
async def test_a_debt_already_spread_has_no_form(pages: Pages, changes: dict[str, Any], words: str) -> None:
    text = await read(pages, await owe(pages, **changes))
    assert words in text
    assert "<form" not in text


async def test_what_is_paid_has_no_form(pages: Pages) -> None:
    text = await read(pages, await owe(pages, "0"))
    assert "rien à payer" in text
    assert "<form" not in text


@pytest.mark.parametrize("subject", ["", "117000001", "117000001/2026-13"])
async def test_a_link_without_a_period_is_no_link(pages: Pages, subject: str) -> None:
    assert (await pages.browser.get(pages.link("plan", subject))).status_code == 404


@given(st.integers(1, 10**9), st.integers(0, 10**9), st.integers(1, 12))
def test_whatever_the_debt_and_the_share_the_rows_add_up(debt: int, share: int, count: int) -> None:
    owed, first = Decimal(debt) / 100, Decimal(share) / 100
    lines = drawn_up(owed, first, count, TODAY)
    amounts = [Decimal(line.amount) for line in lines]
    assert sum(amounts) == owed
    assert min(amounts) >= 0
    assert amounts[0] >= min(first, owed)
    dates = [line.due_on for line in lines]
    assert dates == sorted(set(dates))


@given(st.text(max_size=12), st.text(max_size=12))
def test_whatever_is_typed_is_read_or_named(due_on: str, amount: str) -> None:
    line = Line(due_on.strip(), amount.strip())
    assert bool(faults([line])) == (not line.is_blank and not read_lines([line]))


def test_amounts_and_dates_are_read_as_one_writes_them() -> None:
    [asked] = read_lines([Line("15/03/2027", "1 310,50 €")])
    assert (asked.due_on.isoformat(), asked.amount) == ("2027-03-15", Decimal("1310.50"))
    assert faults([Line("15/03/2027", "310,505")]) == faults([Line("15/03/2027", "-3")])
