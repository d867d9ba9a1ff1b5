"""The demonstration portfolio: invented enterprises of two organisations, told through the HTTP interface."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import requests
from rich.console import Console

from cli.demo.agendas import slots_of
from cli.demo.deeds import Caller, announce, are_followed, mediate, register
from cli.demo.plans import TIMEOUT, ask_for_plans
from cli.demo.portfolio import AGENTS, Firm, portfolio
from cli.demo.stories import SHOWN, closing, cloud_events
from config.tokens import Role, Token


def seed(base_url: str, tokens: Sequence[Token]) -> None:
    """Fill a Parcours with agents and enterprises, those of each organisation that has tokens here.

    The same day and enterprises give the same events: seeding twice adds nothing. Raises requests.RequestException.
    """
    today = date.today()
    console, firms = Console(stderr=True), portfolio(today)
    staffs = [staff for it in AGENTS if (staff := _staff(tokens, it))]
    # Every organisation has its agents before any enterprise moves from one to another.
    for staff in staffs:
        _put_agents(base_url, staff.supervisor, today)
    for staff in staffs:
        own = [firm for firm in firms if firm.organisation == staff.supervisor.organisation]
        console.print(_live(base_url, staff, own, today))
    console.print(f"Look at {'; '.join(_shown(firms))}", soft_wrap=True)


class Staff(NamedTuple):
    """Who speaks for an organisation."""

    supervisor: Token
    system: Token
    agent: Token


def _staff(tokens: Sequence[Token], organisation: str) -> Staff | None:
    roles: tuple[Role, ...] = ("supervisor", "system", "agent")
    found = [token for role in roles if (token := _token(tokens, role, organisation))]
    return Staff(*found) if len(found) == len(roles) else None


def _live(base_url: str, staff: Staff, firms: list[Firm], today: date) -> str:
    """What happens to the enterprises of an organisation, and what its people do; how much it was, in words."""
    organisation = staff.supervisor.organisation
    taken = _post_events(base_url, staff.system, [event for firm in firms for event in cloud_events(firm, today)])
    asked = len(list(ask_for_plans(base_url, _bearer(staff.agent), firms, today)))
    supervisor, agent = (Caller(base_url, _bearer(it)) for it in (staff.supervisor, staff.agent))
    announce(supervisor, organisation, today)
    register(agent, firms)
    answered = len(list(mediate(agent, supervisor, firms)))
    closed = [closing(firm, today) for firm in are_followed(agent, firms, "ended")]
    taken += _post_events(base_url, staff.system, closed) if closed else 0
    return (
        f"{organisation}: {len(firms)} enterprises, {taken} events taken, {asked} plans asked for, "
        f"{answered} requests answered, meetings and newsletters announced"
    )


def _token(tokens: Sequence[Token], role: Role, organisation: str) -> Token | None:
    return next((token for token in tokens if (token.role, token.organisation) == (role, organisation)), None)


def _put_agents(base_url: str, supervisor: Token, today: date) -> None:
    for rank, agent in enumerate(AGENTS[supervisor.organisation]):
        profile: dict[str, Any] = {
            "name": agent.name,
            "email": agent.email,
            "phone": agent.phone,
            "trained": True,
            "absences": [],
        }
        _put(f"{base_url}/v1/agents/{agent.id}", supervisor, profile)
        _put(f"{base_url}/v1/agents/{agent.id}/availability", supervisor, {"slots": slots_of(rank, today)})


def _put(url: str, token: Token, body: dict[str, Any]) -> None:
    requests.put(url, json=body, headers=_bearer(token), timeout=TIMEOUT.total_seconds()).raise_for_status()


def _post_events(base_url: str, system: Token, batch: list[dict[str, Any]]) -> int:
    headers = {**_bearer(system), "Content-Type": "application/cloudevents-batch+json"}
    url = f"{base_url}/v1/events"
    answer = requests.post(url, json=batch, headers=headers, timeout=TIMEOUT.total_seconds())
    answer.raise_for_status()
    return int(answer.json()["accepted"])


def _bearer(token: Token) -> dict[str, str]:
    return {"Authorization": f"Bearer {token.token}"}


def _shown(firms: Sequence[Firm]) -> list[str]:
    first = {firm.story: firm for firm in reversed(firms)}
    return [f"{first[story].siren} ({first[story].name}: {why})" for story, why in SHOWN.items()]
