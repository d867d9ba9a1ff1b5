"""COM-6: the page that gathers the letters of an accountant's clients is opened by a mail to the accountant alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from domain.absorption import Absorbed, absorb, noted
from domain.duty import Duty, World
from domain.effects import Purpose, SendMessage
from domain.facts import ClientsAsked
from domain.state import Channel, Journey

SLOT = "clients"
USEFUL = timedelta(days=1)


@absorb.register
def _(fact: ClientsAsked, journey: Journey) -> Absorbed:
    line = noted("COM-6", "L'expert-comptable demande la page de ses clients", fact)
    newest = journey.is_newest(SLOT, fact.at, fact.id)
    return (journey.stamped(SLOT, fact.at, fact.id) if newest else journey), line


def duties(journey: Journey, _world: World) -> Iterator[Duty]:
    """One mail for each time it is asked, after the journey too: letters stay to be read."""
    if SLOT in journey.as_of:
        at, event_id = journey.as_of[SLOT]
        yield Duty.of(at, f"COM-6:{event_id}", (_mail(event_id),), until=at + USEFUL)


def _mail(event_id: str) -> SendMessage:
    """To whoever is the accountant when it leaves: a copy passed on to a client opens nothing."""
    return SendMessage(
        rule="COM-6",
        summary="Page des clients, à l'expert-comptable",
        subject=f"clients:{event_id}",
        template="clients",
        purpose=Purpose.CASE,
        channels=(Channel.MAIL,),
        facts={"to_accountant": True},
        only_accountant=True,
        immediate=True,
        event_id=event_id,
    )
