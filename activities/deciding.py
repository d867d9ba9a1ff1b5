"""A step that the rules fail to take because of what is asked goes on without it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import structlog

from domain.cases import Slot
from domain.requests import Reply, Request
from domain.rulebook import Roster, Rulebook
from domain.state import Journey
from domain.step import Decision, step

log = structlog.stdlib.get_logger("parcours.deciding")

FAILED = Reply(500, "", "Cette demande n'a pas pu être traitée : l'erreur est de notre côté et elle est enregistrée.")


def decide(
    journey: Journey,
    requests: tuple[Request, ...],
    now: datetime,
    rulebook: Rulebook,
    roster: Roster,
    slots: tuple[Slot, ...] | None = None,
) -> Decision:
    """The step's decision. A request that breaks the rules is answered 500 and not tried again: tried for ever, it
    would hold back every reminder of its journey. What fails without any request raises, and is tried again.
    """
    try:
        return step(journey, requests, now, rulebook, roster, slots)
    except Exception:
        if not requests:
            raise
        log.exception("requests left aside", siren=journey.siren, asked=[str(it.ask) for it in requests])
    decision = step(journey, (), now, rulebook, roster, slots)
    return replace(decision, replies={it.id: FAILED for it in requests})
