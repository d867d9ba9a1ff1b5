"""What is done by a signed link leaves a line: its kind, the enterprise and the deed, never the link itself (SPC-6)."""

from __future__ import annotations

import re
from dataclasses import replace

from starlette.datastructures import FormData

from db import accesses
from db.accesses import DONE, NOBODY, OUTCOMES, Access
from web.desk import Desk
from web.portal.visit import Visit

DEEDS = ("acte", "action", "reponse", "decision")
"""Fields that say which button was pressed."""

BUTTON = re.compile("[a-z_-]{1,40}")


async def done(desk: Desk, visit: Visit, form: FormData, status: int) -> None:
    """Write down what a button did, or asked in vain."""
    line = _line(visit, form)
    if status < 400:
        async with desk.engine.begin() as connection:
            await accesses.note(connection, line)
    elif status in OUTCOMES:
        await desk.refusals.note(replace(line, outcome=OUTCOMES[status]))


async def turned_away(desk: Desk) -> None:
    """Write down that a button was pressed behind a link that is none, or none any more."""
    await desk.refusals.note(Access(NOBODY, "anonymous", "none", "link", outcome=OUTCOMES[401]))


def _line(visit: Visit, form: FormData) -> Access:
    """The subject of a link is a plan, an appointment, a period… or what a message was about: ids, no words."""
    who = str(visit.author)
    pressed = next((it for name in DEEDS if isinstance(it := form.get(name), str) and BUTTON.fullmatch(it)), None)
    action = ":".join(part for part in (f"link:{visit.link.action}", pressed) if part)
    subject = visit.link.subject[:200] or None
    return Access(visit.journey.organisation, who, who, action, visit.link.siren, subject, outcome=DONE)
