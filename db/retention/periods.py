"""The one table of what is kept how long: every column that may say something of a person, its period, from when.

A column that is named neither here nor in ``impersonal`` fails ``tests/db/test_retention.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Table,
    and_,
    case,
    exists,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB

from db.enterprises import PERSONS
from db.ledger import UNSETTLED
from db.portal import SOURCE as PORTAL
from db.sessions import IDLE
from db.tables import (
    accesses,
    agents,
    bookings,
    deliveries,
    enterprises,
    events,
    idempotency,
    journeys,
    link_deeds,
    messages,
    notes,
    outgoing,
    registrations,
    sessions,
    sign_ins,
    slots,
    stops,
    surveys,
    tasks,
    timeline,
    waiting,
)
from domain.calendar import add_months

NOTHING = literal({}, JSONB)


@dataclass(frozen=True)
class Period:
    """How long something is kept, from when, and why so long.

    ``before`` gives, for a day of purging, the first day or instant whose rows are still kept.
    """

    kept: str
    source: str
    before: Callable[[datetime], Any]


def _days(days: int, source: str) -> Period:
    return Period(f"{days} days", source, lambda now: now - timedelta(days=days))


CASE = Period(
    "the journey, and 6 months",
    "GDPR 5.1.e; law.md: the case while active plus 6 months",
    lambda now: add_months(now.date(), -6),
)
ARCHIVE = Period(
    "until contributions lapse: 31 December of the third year after the journey's end",
    "CSS L244-3; law.md: archived until contributions lapse (3 civil years)",
    lambda now: date(now.year - 3, 1, 1),
)
TEXTS = _days(365, "law.md: message texts 1 year")
ACCESSES = _days(365, "law.md: access logs 6 to 12 months")
EVENTS = _days(180, "no longer than they serve: what they said is in the journey")
EVENTS_OUT = _days(90, "no longer than a subscriber may ask for them again")
ANSWERS = _days(7, "no longer than a request is repeated")
ENDED = Period("until they end", "they serve no more", lambda now: now)
CASE_PERIODS = (CASE, ARCHIVE)


def lapses_on(end: date) -> date:
    """The last day on which the archive of a journey that ended on a day is kept."""
    return date(end.year + 3, 12, 31)


@dataclass(frozen=True)
class Rule:
    """What becomes of some rows of a table once their period is over.

    ``blanks``: what stands in their columns then; without any the rows are deleted. ``since``: the instant of the row
    that the period counts from; without one it counts from the end of the journey of the row's ``siren``.
    ``beside``: what changes with them. ``person``: the columns say one thing about one person and go together.
    ``kept``: why an erasure asked for before the end of the period leaves it.
    """

    subject: str
    table: Table
    period: Period
    blanks: Mapping[str, Any] = field(default_factory=dict)
    since: ColumnElement[Any] | None = None
    when: ColumnElement[bool] = field(default_factory=true)
    person: bool = False
    beside: Mapping[str, Any] = field(default_factory=dict)
    kept: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it erases."""
        return tuple(self.blanks) or tuple(self.table.c.keys())

    @property
    def written(self) -> ColumnElement[bool]:
        """Of a row: there is something to erase."""
        if not self.blanks:
            return true()
        return or_(*(self.table.c[name].is_distinct_from(blank) for name, blank in self.blanks.items()))

    def old(self, now: datetime) -> ColumnElement[bool]:
        """Of a row: its period is over, by its own instant."""
        if self.since is None:
            raise ValueError(f"{self.subject} count from the end of their journey")
        return and_(self.since < self.period.before(now), self.when, self.written)


_COUNTED = ("can_extend", "ends_on", "extends_to")
"""Facts of messages that indicators read (``db.indicators.EXTENSIONS``)."""

_KEPT_FACTS = func.jsonb_strip_nulls(
    func.jsonb_build_object(
        *(part for name in _COUNTED for part in (literal_column(f"'{name}'"), messages.c.facts[name]))
    )
)
# An outcome chosen in a list says nothing of anybody and is counted; one in words of the agent's own may.
_KEPT_OUTCOME = case(
    (tasks.c.outcome.is_(None), null()),
    (tasks.c.outcome.regexp_match("^[a-z_]{1,40}$"), tasks.c.outcome),
    else_="other",
)
_SETTLED = events.c.status.in_(("applied", "refused", "expired"))
_OF_NOBODY = ~exists().where(journeys.c.siren == events.c.siren)
_AWAITED = exists(literal(1)).where(deliveries.c.seq == outgoing.c.seq, deliveries.c.status == "pending")
_TAKEN = exists().where(bookings.c.slot == slots.c.id)
_WORDS = dict.fromkeys(("text", "title", "html", "to"), None)


def _people(subject: str, epoch: str) -> Rule:
    """The links of a person who is forgotten are the next one's no more (COM-10)."""
    counted = {epoch: enterprises.c[epoch] + 1}
    return Rule(subject, enterprises, CASE, dict.fromkeys(PERSONS[epoch]), person=True, beside=counted)


RULES: tuple[Rule, ...] = (
    _people("contacts", "contact_epoch"),
    _people("accountants", "accountant_epoch"),
    Rule("comments of surveys", surveys, CASE, {"comment": None}),
    Rule("offers that wait for a slot", waiting, CASE),
    Rule("names of enterprises", enterprises, ARCHIVE, {"name": "", "folded_name": ""}),
    Rule("notes", notes, ARCHIVE, {"text": "", "author": None}),
    Rule(
        "words of tasks",
        tasks,
        ARCHIVE,
        {
            "summary": "",
            "guidance": literal([], JSONB),
            "note": None,
            "outcome": _KEPT_OUTCOME,
            "assignee": None,
            "done_by": None,
        },
    ),
    Rule("lines of the timeline", timeline, ARCHIVE, {"summary": ""}),
    Rule("facts of messages", messages, ARCHIVE, {"facts": _KEPT_FACTS}),
    Rule("reasons of messages", messages, ARCHIVE, {"reason": ""}, when=messages.c.status == "dropped"),
    Rule("texts of messages kept by a doubt", messages, ARCHIVE, _WORDS, person=True),
    Rule("data of all events", events, ARCHIVE, {"data": NOTHING, "problem": None, "decided_by": None, "reason": None}),
    Rule("bookings", bookings, ARCHIVE),
    Rule("places in meetings", registrations, ARCHIVE),
    Rule("agents named by journeys", journeys, ARCHIVE, {"referent": None, "result": None}),
    Rule(
        "texts of messages",
        messages,
        TEXTS,
        _WORDS,
        since=messages.c.queued_at,
        when=literal_column(f"(NOT {UNSETTLED})", Boolean),
        person=True,
    ),
    Rule(
        "data of events",
        events,
        EVENTS,
        {"data": NOTHING},
        since=events.c.received_at,
        when=and_(_SETTLED, events.c.source != PORTAL),
    ),
    Rule(
        "data of events without account", events, TEXTS, {"data": NOTHING}, since=events.c.received_at, when=_OF_NOBODY
    ),
    Rule("events out", outgoing, EVENTS_OUT, since=outgoing.c.time, when=and_(outgoing.c.handed_out, ~_AWAITED)),
    Rule(
        "events out that nobody took",
        outgoing,
        TEXTS,
        since=outgoing.c.time,
        when=~_AWAITED,
        kept="what was decided is still to be told to subscribers",
    ),
    Rule("accesses to files", accesses, ACCESSES, since=accesses.c.at, kept="who opened which file is proved by it"),
    Rule("sessions", sessions, ENDED, since=func.least(sessions.c.expires_at, sessions.c.seen_at + IDLE)),
    Rule("sign-ins", sign_ins, ENDED, since=sign_ins.c.expires_at),
    Rule("answers kept for a repetition", idempotency, ANSWERS, since=idempotency.c.started_at),
    Rule("deeds by signed links", link_deeds, ANSWERS, since=link_deeds.c.at),
    Rule("slots gone by", slots, ACCESSES, since=slots.c.starts_at, when=~_TAKEN),
    Rule("agents who left", agents, ACCESSES, since=agents.c.left_at, kept="the access log names them"),
    Rule(
        "stops of rules",
        stops,
        ACCESSES,
        since=func.least(stops.c.until, stops.c.lifted_at),
        kept="who stopped a rule is proved by it",
    ),
)

STATE = "people in the states of journeys"
"""Beside the rules, ``journeys.state`` goes by ``domain.forgetting``: addresses with CASE, people with ARCHIVE."""


def of_case(period: Period) -> Iterator[Rule]:
    """The rules that count from the end of the journey."""
    return (rule for rule in RULES if rule.since is None and rule.period is period)


def aged() -> Iterator[Rule]:
    """The rules that count from an instant of each row."""
    return (rule for rule in RULES if rule.since is not None)


def sirens_over(period: Period, now: datetime, limit: int) -> Any:
    """The next enterprises whose period of the case is over and that nothing was done about, locked."""
    done = {CASE: ("archived", "lapsed"), ARCHIVE: ("lapsed",)}[period]
    over = (journeys.c.ends_on < period.before(now)) & journeys.c.purged.not_in(done)
    return select(journeys).where(over).order_by(journeys.c.siren).limit(limit).with_for_update(skip_locked=True)
