"""Lives in which every letter is decided at least once."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from domain.cases import Stage
from domain.facts import AddressesProposed, ClientsAsked, ReferentLeaving, SlotFreed
from domain.requests import Ask
from domain.rules.answers import requests_of
from domain.state import Channel
from tests.domain.rules.happenings import due, headcount, opened, paid, stamp
from tests.domain.rules.incident_life import ask, cancelled, detected, done, refund, served, unpaid, young
from tests.domain.rules.life import Life
from tests.domain.rules.meetings import Meetings, slot
from tests.domain.rules.test_details import corrected
from tests.domain.rules.test_meetings import CANCELLED, LEFT, MOVED, REGISTERED, told
from tests.domain.rules.test_newsletter import issue
from tests.domain.rules.test_plan_letters import lives as planned
from tests.domain.rules.test_remissions import decided

OPENING = "2026-11-02"
FIRST, SECOND, THIRD = "2026-11-12 14:00", "2026-11-20 09:00", "2026-11-27 09:00"


def every_life() -> Iterator[Life]:
    """One after another."""
    yield from planned()
    yield from (
        _quiet(),
        _extended(),
        _resumed(),
        *_incidents(),
        *_services(),
        *_meetings(),
        *_places(),
        _newsletter(),
        _accountant(),
        _problem(),
        _corrected(),
    )


def _quiet() -> Life:
    life = Life(opened(OPENING, headcount=9))
    life.tell(due("2026-12-01", "2026-11", "2026-12-15", "1240.50"), due("2026-12-14", "2026-11", "2026-12-15", "1100"))
    life.tell(ReferentLeaving(**stamp("2026-12-20"), agent="alice.martin", reason="departure"))
    return life.tell(headcount("2027-02-01", 52)).to_the_end()


def _extended() -> Life:
    life = Life(opened(OPENING, accountant=True))
    life.extend("2028-04-22")
    return life.to_the_end()


def _resumed() -> Life:
    life = Life(opened(OPENING)).to_the_end()
    life.extend("2028-09-01")
    return life


def _incidents() -> Iterator[Life]:
    yield unpaid().until("2027-02-01")
    unheard = unpaid()
    for rank, at in enumerate(("2026-11-18 11:00", "2026-11-18 16:00", "2026-11-19 11:00")):
        unheard.tell(done(at, unheard.tasks("INC-3")[rank].key, "message_left"))
    yield unheard.until("2026-11-20")
    yield unpaid(accountant=True).tell(paid("2026-12-01", "2026-10", "1000")).until("2026-12-05")
    yield unpaid().tell(cancelled("2026-11-20"))
    yield unpaid().tell(paid("2026-11-20", "2026-10", "1000"), decided("2026-11-25")).until("2026-11-26")
    yield unpaid().tell(served("2026-12-18", "2027-01-18"), served("2027-02-12", "2027-03-01", Stage.WRIT))
    yield unpaid(accountant=True).tell(detected("2026-12-18", period="2026-11")).until("2026-12-20")


def _services() -> Iterator[Life]:
    life = young().tell(refund("2026-11-20"))
    ask(life, "2026-11-20 11:00", Ask.MEDIATION, note="n")
    ask(life, "2026-11-20 11:30", Ask.PROBLEM, note="n")
    ask(life, "2026-11-20 12:00", Ask.DIFFICULTY, period="2026-11", note="n")
    for rank, asked in enumerate([*requests_of(life.journey)]):
        ask(life, f"2026-11-20 {13 + rank}:00", Ask.ANSWER, request=asked.id, note=str(UUID(int=2)))
    yield life


def _meetings() -> Iterator[Life]:
    life = Meetings(opened(OPENING), *(slot(at) for at in (FIRST, SECOND, THIRD)))
    life.take("2026-11-06 11:00", "initial", FIRST)
    missed = life.appointment("initial").id
    life.ask("2026-11-12 16:00", Ask.OUTCOME, appointment=missed, status="missed")
    life.take("2026-11-13", "initial", SECOND)
    again = life.appointment("initial").id
    life.ask("2026-11-16", Ask.RESCHEDULE, appointment=again, slot=THIRD)
    life.ask("2026-11-26", Ask.CANCEL, appointment=again)
    yield life
    waiting = Meetings(opened(OPENING))
    waiting.slots = (slot(FIRST),)
    waiting.until("2026-11-03")
    waiting.absorb(SlotFreed(**stamp("2026-11-03"), appointment=waiting.appointment("initial").id))
    yield waiting.until("2026-11-05")
    struggling = Meetings(opened(OPENING), slot(FIRST))
    struggling.prioritise("2026-11-03", "2026-11-16 18:30")
    yield struggling


def _accountant() -> Life:
    return Life(opened(OPENING, accountant=True)).tell(ClientsAsked(**stamp("2026-12-01")))


def _problem() -> Life:
    life = young()
    ask(life, "2026-11-20 11:00", Ask.PROBLEM, note="n")
    return life


def _corrected() -> Life:
    life = Life(opened(OPENING)).tell(corrected("2026-11-04", Channel.MAIL))
    life.tell(AddressesProposed(**stamp("2026-11-05"), channels=(Channel.SMS, Channel.MAIL)))
    return life.tell(corrected("2026-11-05 11:00", Channel.SMS, Channel.MAIL, by="enterprise", proven=True))


def _newsletter() -> Life:
    return Life(opened(OPENING)).tell(issue("2026-12-01")).until("2026-12-10")


def _places() -> Iterator[Life]:
    """In collective meetings."""
    for change in (LEFT, CANCELLED):
        life = Life(opened("2026-01-05")).tell(told("2026-03-02", REGISTERED), told("2026-03-04", MOVED, 1))
        yield life.tell(told("2026-03-18", change, 2))
