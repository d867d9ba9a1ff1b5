"""Every letter the rules decide has its templates, filled as real letters are; and no template is left over."""

from __future__ import annotations

import ast
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Row, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from activities.committing import Moment, commit
from activities.wording import fill
from db import contacts, events
from db.engine import make_engine
from db.journeys import Stored
from db.letters import Contact, Facts, Person
from db.tables import agents, messages, newsletters
from domain.effects import SendMessage
from domain.identifiers import parse_period
from domain.messages import Recipient
from domain.state import Channel, Health
from notifications import rendering
from notifications.links import Links
from notifications.rendering import render
from tests.domain.rules.life import Life
from tests.notifications.stories import every_life

RULES = Path(__file__).parents[2] / "domain" / "rules"
TEMPLATES = Path(rendering.__file__).parent / "templates"
LINKS = Links("a key for tests", "https://parcours.exemple.fr")
NOTE = str(UUID(int=1))
WAYS = ((Health.OK, Health.OK), (Health.BAD, Health.OK), (Health.OK, Health.ABSENT))
"""Mail and SMS."""
ENTERPRISE = {
    "name": "Boulangerie Épi d'Or",
    "contact_name": "Nadia Fournil",
    "email": "nadia@example.org",
    "phone": "+33639980001",
    "accountant_name": "Cabinet Exemple",
    "accountant_email": "cabinet@example.org",
}
ISSUE = {
    "id": "n-1",
    "organisation": "urssaf-idf",
    "title": "Numéro 1",
    "body": "Bonjour.",
    "sectors": [],
    "leaves_on": date(2026, 12, 1),
}
AGENT = {"organisation": "urssaf-idf", "agent": "alice.martin", "name": "Alice Martin", "trained": True}


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[AsyncConnection]:
    engine = make_engine(database_url)
    async with engine.connect() as connection:
        yield connection
    await engine.dispose()


def on_disk() -> set[tuple[str, str]]:
    """Template and channel of each file that is a letter."""
    files = [it.name.split(".") for it in TEMPLATES.glob("[!_]*.j2")]
    return {(name, Channel.MAIL if kind == "md" else Channel.SMS) for name, kind, _ in files}


def named() -> set[str]:
    """The templates that the rules write out, as ``template=`` of an effect."""
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in RULES.glob("*.py"))
    given = (
        it.value for tree in trees for it in ast.walk(tree) if isinstance(it, ast.keyword) and it.arg == "template"
    )
    return {it.value for it in given if isinstance(it, ast.Constant) and isinstance(it.value, str)}


async def written(connection: AsyncConnection, life: Life) -> Sequence[Row[Any]]:
    """The rows of the ledger for all that a life decided, whichever addresses work, an accountant having the copies."""
    await connection.execute(insert(agents).values(AGENT))
    await connection.execute(insert(newsletters).values(ISSUE))
    moment = Moment.of(life.now, None, life.rulebook.world(life.journey, life.now).calendar)
    for mail, sms in WAYS:
        reached = replace(life.journey, accountant=True, mail=mail, sms=sms)
        await commit(connection, reached, [_noted(it) for it in life.messages()], moment)
    return (await connection.execute(select(messages).where(messages.c.status == "queued"))).all()


def known(life: Life) -> Facts:
    """What a delivery reads before it writes."""
    stored = Stored(life.journey, 0, None, 0, None, None, 0, 0, timedelta())
    return Facts(stored, Person(**ENTERPRISE), Contact("Alice Martin", None, None), is_behind=False, stops=())


def _noted(message: SendMessage) -> SendMessage:
    """What somebody wrote is kept apart, under an id."""
    return replace(message, facts={**message.facts, "note": NOTE}) if "note" in message.facts else message


async def propose(connection: AsyncConnection, life: Life, proposal: str) -> None:
    """The addresses that a code is sent to."""
    contact = {"name": "Omar Levain", "email": "omar@example.org", "phone": "+33639980009"}
    place = (life.journey.siren, life.journey.organisation, life.now)
    await events.store(connection, [contacts.event(contacts.PROPOSED, proposal, *place, {"contact": contact})])


async def rendered(connection: AsyncConnection, life: Life) -> set[tuple[str, str]]:
    """Template and channel of each letter of a life, once it could be written."""
    policy = life.rulebook.world(life.journey, life.now).policy
    done = set()
    for row in await written(connection, life):
        if row.recipient == Recipient.PROPOSED:
            await propose(connection, life, row.facts["proposal"])
        filled = await fill(connection, row, known(life), policy, LINKS, life.now)
        assert render(row.template, row.channel, filled.context).text, row.template
        assert filled.address.to, row.template
        done.add((row.template, row.channel))
    await connection.rollback()
    return done


async def test_every_letter_decided_is_written_by_every_channel_it_may_leave_by_and_no_template_is_left_over(
    connection: AsyncConnection,
) -> None:
    done = set().union(*[await rendered(connection, life) for life in every_life()])
    assert done == on_disk()


async def test_a_letter_that_speaks_of_a_plan_links_to_the_debt_it_is_about(connection: AsyncConnection) -> None:
    spoken = set()
    for life in every_life():
        policy = life.rulebook.world(life.journey, life.now).policy
        for row in await written(connection, life):
            if row.recipient == Recipient.PROPOSED:
                continue
            filled = await fill(connection, row, known(life), policy, LINKS, life.now)
            plan = filled.context["links"]["plan"]
            if plan in render(row.template, row.channel, filled.context).text:
                account, _, period = LINKS.read(plan.rpartition("/")[2], life.now).subject.rpartition("/")
                assert account == life.journey.account
                assert parse_period(period).label == filled.context["period_label"]
                spoken.add(row.template)
        await connection.rollback()
    incidents = {"incident_opened", "incident_followup", "incident_last_call"}
    served = {"notice_served", "writ_served", "incident_handed_over", "incident_repeated"}
    assert spoken == {"due_reminder", "difficulty_received", "plan_refused", "plan_lapsed", *incidents, *served}


def test_every_template_the_rules_name_is_decided_by_some_life() -> None:
    decided = {message.template for life in every_life() for message in life.messages()}
    assert named() <= decided
    assert decided == {template for template, _ in on_disk()}
