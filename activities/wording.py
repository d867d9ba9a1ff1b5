"""What a template is filled with: facts of the message, and people read at the moment of sending."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from db import agents, contacts, events, meetings, newsletters, notes
from db.letters import Facts, Person
from domain.accounts import account_named, with_account
from domain.meetings import PARTNERS
from domain.messages import Recipient
from domain.policy import Policy
from domain.rules.arrears import left_to_pay
from domain.state import Channel, Journey
from notifications.links import Holder, Links
from notifications.names import unlinked

DATES = (
    "due_on",
    "nominal_on",
    "first_due",
    "first_payment",
    "ends_on",
    "extends_to",
    "previous_due_on",
    "date",
    "answer_on",
    "until_on",
    "was_due_on",
    "act_by",
    "thirtieth_on",
    "served_on",
    "reply_by",
)
AMOUNTS = (
    "amount",
    "previous_amount",
    "beyond",
    "due_total",
    "paid_total",
    "share_amount",
    "covered_amount",
    "served_amount",
    "ceiling",
    "remitted",
)
CASES = ("incident", "plan", "refund", "contribution")
"""Facts that name what a letter is about."""

INSTANTS = ("starts_at", "previous_starts_at")
LINK_DAYS = {
    "confirm": 60,
    "preferences": 400,
    "extend": 200,
    "survey": 60,
    "agenda": 400,
    "reply": 30,
    "slot": 60,
    "plan": 60,
    "help": 400,
    "meetings": 400,
    "accountant": 400,
    "clients": 1,
}


@dataclass(frozen=True)
class Address:
    """Where one message goes; empty when nothing is known."""

    to: str | None
    name: str


@dataclass(frozen=True)
class Filled:
    """A template's context and the address it is for."""

    context: dict[str, Any]
    address: Address


async def fill(
    connection: AsyncConnection, message: Row[Any], known: Facts, policy: Policy, links: Links, now: datetime
) -> Filled:
    """The context of one message; what few templates want is read for it alone."""
    journey, person, referent = known.stored.journey, known.person, known.referent
    facts = refreshed(message.facts, journey)
    siren, holder = journey.siren, _holder(message, person)
    # Whoever reads at an address that was mistyped gets no link that does anything.
    to_nobody_known = message.recipient == Recipient.PROPOSED
    urls = {
        action: links.url(action, siren, now + timedelta(days=days), _subject(action, message, journey), holder=holder)
        for action, days in LINK_DAYS.items()
    }
    context = {
        **parsed(facts),
        "enterprise": _enterprise(journey, person),
        "organisation": organisation_of(policy),
        "referent": {n: getattr(referent, n) for n in ("name", "phone", "email")} if referent else None,
        "links": {**(dict.fromkeys(urls, links.pages) if to_nobody_known else urls), "pages": links.pages},
        "today": policy.calendar.day_of(now),
        "for_accountant": message.recipient == Recipient.ACCOUNTANT,
        "copy_for_accountant": message.recipient == Recipient.ACCOUNTANT and not facts.get("to_accountant"),
        "commitments": _commitments(policy),
    }
    context |= await _derived(connection, context, journey, facts)
    if to_nobody_known:
        context["code"] = links.code(siren, facts["proposal"], message.channel)
    context = _unlinked(context, Channel(message.channel))
    if facts.get("kind") == "threshold":
        context["partners"] = await _partners(connection, policy, now)
    return Filled(context, await _proposed(connection, message) if to_nobody_known else _address(message, person))


async def _proposed(connection: AsyncConnection, message: Row[Any]) -> Address:
    contact = await contacts.proposed(connection, message.siren, message.facts["proposal"]) or {}
    return Address(contact.get("phone" if message.channel == Channel.SMS else "email"), contact.get("name", ""))


NAMES = ("previous_name", "agent_name")


def _unlinked(context: Mapping[str, Any], channel: Channel) -> dict[str, Any]:
    """No name of an enterprise or of a person is read as an address."""
    people = {who: context[who] for who in ("enterprise", "referent") if context[who]}
    named = {who: {**known, "name": unlinked(known["name"], channel)} for who, known in people.items()}
    return {**context, **named, **{it: unlinked(context[it], channel) for it in NAMES if context.get(it)}}


def _holder(message: Row[Any], person: Person | None) -> Holder:
    """Who reads the message: its links die with that person (COM-10)."""
    side = Recipient(message.recipient)
    epochs = (person.accountant_epoch, person.contact_epoch) if person else (0, 0)
    return Holder(side, epochs[side is Recipient.ENTERPRISE])


def organisation_of(policy: Policy) -> dict[str, str]:
    """How an organisation is named and reached."""
    return {name: getattr(policy, name) for name in ("name", "address", "phone", "email")}


def _enterprise(journey: Journey, person: Person | None) -> dict[str, str | None]:
    name, phone = (person.name, person.phone) if person else ("", None)
    return {"name": name, "siren": journey.siren, "account": journey.account, "phone": phone}


def _subject(action: str, message: Row[Any], journey: Journey) -> str:
    subjects = {
        "survey": message.subject,
        "clients": message.id.hex,
        "reply": message.facts.get("plan", ""),
        "slot": message.facts.get("appointment", ""),
        "plan": _debt(message.facts, journey),
    }
    return str(subjects.get(action, ""))


def _debt(facts: Mapping[str, Any], journey: Journey) -> str:
    """The account and period that a plan may be asked for: those of the incident, or of the plan, that is spoken of."""
    incident = journey.incidents.get(facts.get("incident", ""))
    plan = journey.plans.get(facts.get("plan", ""))
    return incident.key if incident else plan.key if plan else facts.get("contribution", "")


def _commitments(policy: Policy) -> dict[str, int]:
    return {
        "request_hours": policy.request_answer_hours,
        "plan_hours": policy.plan_answer_hours,
        "appointment_days": policy.priority_appointment_working_days,
    }


async def _derived(
    connection: AsyncConnection, context: Mapping[str, Any], journey: Journey, facts: Mapping[str, Any]
) -> dict[str, Any]:
    """What depends on the moment of sending."""
    derived: dict[str, Any] = {}
    if "due_on" in facts:
        derived["days_left"] = (context["due_on"] - context["today"]).days
    if "former_agent" in facts:
        former = await agents.read(connection, journey.organisation, facts["former_agent"])
        derived["previous_name"] = former.name if former else None
    if "agent" in facts:
        agent = await agents.read(connection, journey.organisation, facts["agent"])
        derived["agent_name"] = agent.name if agent else None
        derived["video_link"] = agent.video_link if agent else None
    if "note" in facts:
        written = await notes.read(connection, journey.siren, [facts["note"]] if facts["note"] else [])
        derived["note_text"] = written.get(facts["note"])
    if "remission_event" in facts:
        derived["note_text"] = await events.reason_of(connection, journey.siren, facts["remission_event"])
    if "newsletter" in facts:
        issue = await newsletters.read(connection, facts["newsletter"])
        derived |= {"title": issue.title, "body": issue.body}
    return derived


async def _partners(connection: AsyncConnection, policy: Policy, now: datetime) -> dict[str, Any] | None:
    """The next meeting of the partners that has a place left (THR-2)."""
    found = await meetings.next_of(connection, policy.organisation, PARTNERS, now)
    if found is None:
        return None
    local = found.starts_at.astimezone(policy.calendar.zoneinfo)
    return {"title": found.title, "place": found.place, "starts_at": local}


def refreshed(facts: Mapping[str, Any], journey: Journey) -> dict[str, Any]:
    """Facts with what was learnt since they were decided: an amount at last, what is left of a debt (REM-6).

    The account is named with the period once there are two (ENR-7).
    """
    facts = _naming_account(facts, journey)
    incident = journey.incidents.get(facts.get("incident", ""))
    if incident:
        return {**facts, "amount": left_to_pay(journey, incident)}
    known = journey.contributions.get(facts.get("contribution", ""))
    if known is None or facts.get("amount") is not None or known.due_on is None:
        return dict(facts)
    return {**facts, "amount": known.amount}


def _naming_account(facts: Mapping[str, Any], journey: Journey) -> Mapping[str, Any]:
    if "period_label" not in facts:
        return facts
    account = account_named(journey, *(str(facts.get(it, "")) for it in CASES))
    return {**facts, "period_label": with_account(facts["period_label"], account)}


def parsed(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Dates, instants and amounts of stored facts as Python values."""
    return {name: _value(name, value) for name, value in facts.items()}


def _value(name: str, value: Any) -> Any:
    if isinstance(value, list):
        return [parsed(item) if isinstance(item, dict) else item for item in value]
    if value is not None and name in DATES:
        return date.fromisoformat(value)
    if value is not None and name in INSTANTS:
        return datetime.fromisoformat(value)
    if value is not None and name in AMOUNTS:
        return Decimal(value)
    return value


def _address(message: Row[Any], person: Person | None) -> Address:
    if person is None:
        return Address(None, "")
    if message.recipient == Recipient.ACCOUNTANT:
        return Address(person.accountant_email, person.accountant_name or "")
    to = person.phone if message.channel == Channel.SMS else person.email
    return Address(to, person.contact_name or person.name)
