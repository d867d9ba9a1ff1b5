"""An enterprise's people, or one person, erased at once by the rules that a purge keeps in time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    LargeBinary,
    String,
    and_,
    case,
    cast,
    delete,
    false,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from db.enterprises import PERSONS
from db.ledger import IN_DOUBT, NEVER_SAID
from db.retention.impersonal import EVERYWHERE, IMPERSONAL
from db.retention.people import Person, named, says
from db.retention.periods import ACCESSES, RULES, Rule, lapses_on
from db.retention.purging import apply
from db.tables import (
    accesses,
    agents,
    bookings,
    enterprises,
    events,
    idempotency,
    journeys,
    messages,
    notes,
    outgoing,
    slots,
    tasks,
)

ERASED = "erased"
REFUSED = "the enterprise was erased: nothing more is kept about it"
REFUSED_WORDS = "it quoted a person who was erased"
NOT_SENT = "effacé"
UNSENT = ("pending", "waiting")
# Another attempt than the one under way, which would put the letter back when it fails.
_GIVEN_UP = {"status": "unknown", "reason": NEVER_SAID, "attempts": messages.c.attempts + 1}
WORDS = (String, JSONB, ARRAY, LargeBinary)
CONTACT, ACCOUNTANT = ("email", "phone"), ("accountant_email", "accountant_phone")


@dataclass
class Report:
    """How many rows of each table were erased, and what stays, why and until when."""

    erased: Counter[tuple[str, str]] = field(default_factory=Counter)
    kept: list[str] = field(default_factory=list)

    def add(self, table: str, subject: str, rows: int) -> None:
        """Count rows of a table."""
        self.erased[table, subject] += rows


async def lock_messages(connection: AsyncConnection, siren: str) -> None:
    """Keep deliveries from opening a letter meanwhile, in their own order."""
    query = select(messages.c.id).where(messages.c.siren == siren).order_by(messages.c.id).with_for_update()
    await connection.execute(query)


async def free_slots(connection: AsyncConnection, siren: str, now: datetime) -> Mapping[str, int]:
    """Give back the slots ahead; how many each organisation has again."""
    ahead = and_(bookings.c.siren == siren, slots.c.id == bookings.c.slot, slots.c.starts_at > now)
    rows = await connection.scalars(delete(bookings).where(ahead).returning(slots.c.organisation))
    return Counter(rows)


async def erase_rows(connection: AsyncConnection, siren: str) -> Report:
    """Erase the rows about an enterprise, whatever their period, but what the law keeps."""
    report = Report()
    await _end_what_is_awaited(connection, siren)
    report.add("idempotency", "answers kept for a repetition", await _erase_answers(connection, siren))
    for rule in RULES:
        if "siren" in rule.table.c and rule.kept is None:
            report.add(rule.table.name, rule.subject, await apply(connection, rule, rule.table.c.siren == siren))
    report.kept = [line async for line in _kept_of_enterprise(connection, siren)]
    return report


async def _end_what_is_awaited(connection: AsyncConnection, siren: str) -> None:
    """Letters do not leave, events are not applied, tasks are nobody's."""
    mine = messages.c.siren == siren
    queued = update(messages).where(mine, messages.c.status == "queued")
    await connection.execute(queued.values(status="dropped", reason=NOT_SENT))
    doubtful = update(messages).where(mine, messages.c.status.in_(IN_DOUBT))
    await connection.execute(doubtful.values(_GIVEN_UP))
    coming = update(events).where(events.c.siren == siren, events.c.status.not_in(("applied", "expired")))
    await connection.execute(coming.values(status="refused"))
    open_ones = update(tasks).where(tasks.c.siren == siren, tasks.c.status == "open")
    await connection.execute(open_ones.values(status="cancelled", done_at=func.now()))


async def _erase_answers(connection: AsyncConnection, siren: str) -> int:
    """Answers name an enterprise, its people, or were given to who wrote a note about it."""
    details = (enterprises.c[name] for names in PERSONS.values() for name in names)
    query = select(enterprises.c.name, *details).where(enterprises.c.siren == siren)
    words = named(next(iter((await connection.execute(query)).all()), ()))
    written = idempotency.c.operation.in_(select(notes.c.id).where(notes.c.siren == siren))
    about = or_(written, says(idempotency.c.body, siren), says(idempotency.c.body, words))
    return (await connection.execute(delete(idempotency).where(about))).rowcount


async def _kept_of_enterprise(connection: AsyncConnection, siren: str) -> Any:
    ends_on = await connection.scalar(select(journeys.c.ends_on).where(journeys.c.siren == siren))
    proved = await connection.scalar(select(func.count()).where(messages.c.siren == siren)) or 0
    if ends_on:
        until = lapses_on(ends_on)
        yield f"journeys, cases, commitments: amounts, dates, statuses, without a name (contributions lapse on {until})"
        yield f"messages: {proved} proofs that a letter was sent, without words or address (with its incident, {until})"
    last, opened = (
        await connection.execute(select(func.max(accesses.c.at), func.count()).where(accesses.c.siren == siren))
    ).one()
    if opened:
        yield f"accesses: {opened} lines of who opened the file (until {_until(last)})"
    awaited = await connection.scalar(select(func.count()).where(outgoing.c.siren == siren)) or 0
    if awaited:
        yield f"outgoing: {awaited} events that a subscriber awaits, without a name (90 days once delivered)"
    known = await connection.scalar(select(func.count()).where(events.c.siren == siren)) or 0
    if known:
        yield f"events: source and id of {known}, so that none is applied when it is repeated"


def _until(last: datetime) -> str:
    return f"{(last + (last - ACCESSES.before(last))).date()}"


@dataclass(frozen=True)
class Places:
    """Enterprises that a person is the contact or the accountant of, others whose events name them; their names."""

    contacts: frozenset[str]
    accountants: frozenset[str]
    told: frozenset[str]
    names: tuple[str, ...] = field(repr=False)

    @property
    def sirens(self) -> frozenset[str]:
        """All of them."""
        return self.contacts | self.accountants | self.told


async def places_of(connection: AsyncConnection, person: Person) -> Places:
    """Where a person is known."""
    contact, accountant = _any_of(person, CONTACT), _any_of(person, ACCOUNTANT)
    query = select(enterprises, contact.label("contact"), accountant.label("accountant")).where(contact | accountant)
    rows = (await connection.execute(query)).all()
    told = events.c.status.in_(UNSENT) & says(events.c.data, person.pattern)
    names = [row.contact_name for row in rows if row.contact] + [row.accountant_name for row in rows if row.accountant]
    return Places(
        frozenset(row.siren for row in rows if row.contact),
        frozenset(row.siren for row in rows if row.accountant),
        frozenset(await connection.scalars(select(events.c.siren).where(told))),
        tuple(filter(None, names)),
    )


def _any_of(person: Person, columns: Collection[str]) -> ColumnElement[bool]:
    return or_(false(), *(func.coalesce(says(enterprises.c[name], person.pattern), False) for name in columns))


async def erase_person(connection: AsyncConnection, person: Person, places: Places) -> Report:
    """Erase what quotes a person; in the files of their enterprises, what names them too."""
    report = Report()
    await _end_what_quotes(connection, person, places)
    for rule in _of_people():
        report.add(rule.table.name, rule.subject, await _erase_words(connection, rule, person, places))
    report.add("agents", "agents who left", await _erase_agents(connection, person))
    report.kept = [line async for line in _kept_of_person(connection, person)]
    return report


def _of_people() -> Iterator[Rule]:
    """The rules whose columns may quote a person; the name of an enterprise is erased with the enterprise."""
    for rule in RULES:
        if rule.kept is None and "name" not in rule.blanks and list(_words_of(rule)):
            yield rule


def _words_of(rule: Rule) -> Iterator[Column[Any]]:
    for name in rule.columns:
        column = rule.table.c[name]
        impersonal = name in EVERYWHERE or (rule.table.name, name) in IMPERSONAL
        if isinstance(column.type, WORDS) and not impersonal:
            yield column


async def _end_what_quotes(connection: AsyncConnection, person: Person, places: Places) -> None:
    """A letter in doubt is asked for no more by their address; an event not applied yet is not."""
    to_them = messages.c.status.in_(IN_DOUBT) & _quoted(messages.c.to, person, places)
    await connection.execute(update(messages).where(to_them).values(_GIVEN_UP))
    said = events.c.status.not_in(("applied", "expired", "refused")) & says(events.c.data, person.pattern)
    await connection.execute(update(events).where(said).values(status="refused", problem=REFUSED_WORDS))


def _quoted(column: Column[Any], person: Person, places: Places) -> ColumnElement[bool]:
    quoted = says(column, person.pattern)
    # Two people of one enterprise may share a name: there the address tells which of them is meant.
    if "siren" in column.table.c and column.table is not enterprises:
        theirs = column.table.c.siren.in_(sorted(places.contacts | places.accountants))
        quoted = or_(quoted, and_(theirs, says(column, named(places.names))))
    return func.coalesce(quoted, False)


async def _erase_words(connection: AsyncConnection, rule: Rule, person: Person, places: Places) -> int:
    quoting = {column.name: _quoted(column, person, places) for column in _words_of(rule)}
    rows = and_(rule.when, or_(*quoting.values()))
    if not rule.blanks:
        return (await connection.execute(delete(rule.table).where(rows))).rowcount
    blanks = rule.blanks if rule.person else {name: _blanked(rule, name, hit) for name, hit in quoting.items()}
    return (await connection.execute(update(rule.table).where(rows).values({**blanks, **rule.beside}))).rowcount


def _blanked(rule: Rule, name: str, hit: ColumnElement[bool]) -> ColumnElement[Any]:
    column, blank = rule.table.c[name], rule.blanks[name]
    value = blank if isinstance(blank, ColumnElement) else cast(literal(blank), column.type)
    return case((hit, value), else_=column)


async def _erase_agents(connection: AsyncConnection, person: Person) -> int:
    theirs = _agent(person) & agents.c.left_at.is_not(None)
    return (await connection.execute(delete(agents).where(theirs))).rowcount


def _agent(person: Person) -> ColumnElement[bool]:
    columns = (agents.c.email, agents.c.phone, agents.c.agent)
    return or_(*(func.coalesce(says(it, person.pattern), False) for it in columns))


async def _kept_of_person(connection: AsyncConnection, person: Person) -> Any:
    serving = await connection.scalars(select(agents.c.organisation).where(_agent(person)))
    for organisation in serving:
        yield f"agents: still serves {organisation}: have a supervisor say that the agent left, then erase again"
    author = says(accesses.c.author, person.pattern)
    last, lines = (await connection.execute(select(func.max(accesses.c.at), func.count()).where(author))).one()
    if lines:
        yield f"accesses: {lines} lines of the files they opened (until {_until(last)})"
