"""Contact details put right by hand: stored as an event, and applied at once (ENR-5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from activities.absorbing import catch_up
from activities.inbound.schemas import Contact
from db import contacts, enterprises, events, journeys
from domain.phones import takes_sms
from domain.rulebook import Rulebook
from domain.state import Channel


class Gone(Exception):
    """What was said of the persons of this file has been erased: nothing is written into it any more."""


class Moved(Exception):
    """The enterprise went to another organisation meanwhile: who corrected its details has no right to it any more."""


@dataclass(frozen=True)
class Correction:
    """New details and who states them: ``enterprise``, ``accountant`` or an agent; ``proven`` by its codes.

    ``organisation``: whose agent it is.
    """

    siren: str
    contact: Contact = field(repr=False)
    by: str
    proven: bool = False
    organisation: str | None = None


async def correct(connection: AsyncConnection, rulebook: Rulebook, correction: Correction) -> bool:
    """Make details those of the enterprise, after all that is known of it; whether that changed anything.

    Raises Gone, Moved, KeyError for an enterprise that no journey is known of.
    """
    siren, contact = correction.siren, correction.contact
    await catch_up(connection, rulebook, siren)
    stored, known = await journeys.lock(connection, siren), await enterprises.read(connection, siren)
    if stored is None:
        raise KeyError(siren)
    if correction.organisation not in (None, stored.journey.organisation):
        raise Moved
    if stored.erased or known is None:
        raise Gone
    if contacts.details_of(known) == contact.model_dump():
        return False
    told = {
        "contact": contact.model_dump(),
        "by": correction.by,
        "channels": [str(it) for it in changed(known, contact)],
        "proven": correction.proven,
    }
    place = (siren, stored.journey.organisation, stored.clock)
    await events.store(connection, [contacts.event(contacts.CORRECTED, str(uuid4()), *place, told)])
    await catch_up(connection, rulebook, siren)
    return True


def changed(known: Row[Any], contact: Contact) -> tuple[Channel, ...]:
    """The channels that have another address, or none any more."""
    mail = Channel.MAIL if (known.email or "").casefold() != (contact.email or "").casefold() else None
    sms = Channel.SMS if known.phone != contact.phone else None
    return tuple(it for it in (sms, mail) if it)


def to_prove(known: Row[Any], contact: Contact) -> tuple[Channel, ...]:
    """The new addresses that are written to: a code goes to each. Nobody writes to a landline."""
    new = changed(known, contact)
    mail = Channel.MAIL if contact.email and Channel.MAIL in new else None
    sms = Channel.SMS if contact.phone and takes_sms(contact.phone) and Channel.SMS in new else None
    return tuple(it for it in (sms, mail) if it)
