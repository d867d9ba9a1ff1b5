"""The demonstration portfolio: invented enterprises of two organisations, told through the HTTP interface."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import requests
from rich.console import Console

from cli.demo_portfolio import AGENTS, Firm, portfolio
from cli.demo_stories import SHOWN, cloud_events
from config.tokens import Role, Token

TIMEOUT = timedelta(seconds=30)


def seed(base_url: str, tokens: Sequence[Token]) -> None:
    """Fill a Parcours with agents and enterprises, those of each organisation that has tokens here.

    The same day and enterprises give the same events: seeding twice adds nothing. Raises requests.RequestException.
    """
    today = date.today()
    console, firms = Console(stderr=True), portfolio(today)
    for organisation in AGENTS:
        supervisor, system = (_token(tokens, role, organisation) for role in ("supervisor", "system"))
        if supervisor and system:
            _put_agents(base_url, supervisor)
            own = [firm for firm in firms if firm.organisation == organisation]
            taken = _post_events(base_url, system, [event for firm in own for event in cloud_events(firm, today)])
            console.print(f"{organisation}: {len(own)} enterprises, {taken} events taken")
    console.print(f"Look at {'; '.join(_shown(firms))}", soft_wrap=True)


def _token(tokens: Sequence[Token], role: Role, organisation: str) -> Token | None:
    return next((token for token in tokens if (token.role, token.organisation) == (role, organisation)), None)


def _put_agents(base_url: str, supervisor: Token) -> None:
    for agent in AGENTS[supervisor.organisation]:
        body: dict[str, Any] = {"name": agent.name, "email": agent.email, "phone": agent.phone}
        body |= {"trained": True, "absences": []}
        url = f"{base_url}/v1/agents/{agent.id}"
        answer = requests.put(url, json=body, headers=_bearer(supervisor), timeout=TIMEOUT.total_seconds())
        answer.raise_for_status()


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
