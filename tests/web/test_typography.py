"""P14's kind: no number that pages show is parted by the end of a line."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

import pytest

from domain.state import Contribution
from tests.web.cases import read
from tests.web.conftest import JOURNEY, NOW, TODAY, Pages

BROKEN = re.compile(r"\d{1,3} \d{3},\d\d|,\d\d €|\b\d{3} \d{3} \d{3}\b|\b0\d(?: \d\d){4}\b")
"""An amount, a SIREN or a telephone number with an ordinary blank in it."""


@pytest.mark.parametrize("action", ["agenda", "confirm", "preferences", "extend", "help", "meetings", "survey"])
async def test_no_number_of_a_page_is_parted_by_the_end_of_a_line(pages: Pages, action: str) -> None:
    due = Contribution(
        JOURNEY.account,
        "2026-01",
        due_on=TODAY + timedelta(days=12),
        amount=Decimal("1925.14"),
        stated_at=NOW,
        stated_by="e",
    )
    await pages.become(contributions={due.key: due})
    text = await read(pages, pages.link(action))
    assert not BROKEN.findall(re.sub(r"<[^>]*>", " ", text))
    if action == "agenda":
        assert "1\u00a0925,14\u00a0€" in text
