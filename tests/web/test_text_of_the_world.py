"""Accepted text is readable text, through the pages of enterprises (issue 14, shows 2)."""

from __future__ import annotations

from itertools import count

from hypothesis import HealthCheck, Phase, given, settings
from sqlalchemy import select

from db.tables import surveys
from tests.odd_text import TEXTS, same
from tests.web.conftest import Pages

numbers = count(1)


@settings(max_examples=25, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(text=TEXTS)
async def test_what_an_enterprise_writes_is_kept_without_what_nobody_sees(pages: Pages, text: str) -> None:
    moment = f"m-{next(numbers)}"
    written = text.encode(errors="replace").decode()
    form = {"satisfaction": "4", "effort": "2", "comment": written}
    assert (await pages.browser.post(pages.link("survey", moment), data=form)).status_code == 303
    async with pages.engine.connect() as connection:
        kept = await connection.scalar(select(surveys.c.comment).where(surveys.c.moment == moment))
    lost = dict.fromkeys([*range(9), 11, 12, *range(14, 32), *range(127, 160)])
    assert same(kept or "") == same(written.translate(lost))
