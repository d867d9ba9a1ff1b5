"""What the people of an organisation did in the demonstration: meetings, a newsletter, an answer in writing."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from datetime import time as hour
from typing import Any, NamedTuple

import requests

from cli.demo.events import CALENDAR
from cli.demo.plans import TIMEOUT
from cli.demo.portfolio import Firm

A_MOMENT = timedelta(seconds=5)
"""How far ahead a meeting may be announced at the nearest, which is past once somebody looks."""

TITLES = (
    ("information", "Embaucher son premier salarié", "3 rue de Tolbiac, 75013 Paris", 12),
    ("training", "Lire sa DSN sans peur", "https://visio.example.org/dsn", 40),
)
LETTERS = (
    ("Ce qui change au 1er janvier", "Le taux baisse un peu. [En savoir plus](https://www.urssaf.fr)", 0),
    ("Préparer ses congés d'été", "Pensez à déclarer les congés payés de vos salariés.", 14),
)
ASKED = "Ma demande de remise est restée sans réponse depuis six semaines."
ANSWERED = "Votre remise est accordée : la majoration est retirée de votre compte cette semaine."


class Caller(NamedTuple):
    """Who speaks to the interface."""

    base_url: str
    headers: dict[str, str]

    def get(self, path: str) -> requests.Response:
        """Read; whatever comes is an answer."""
        return requests.get(f"{self.base_url}{path}", headers=self.headers, timeout=TIMEOUT.total_seconds())

    def post(self, path: str, body: dict[str, Any], key: str) -> Any:
        """Do, once for each ``key``; raises requests.RequestException when it is refused."""
        headers = {**self.headers, "Idempotency-Key": f"demonstration-{key}"}
        answer = requests.post(f"{self.base_url}{path}", json=body, headers=headers, timeout=TIMEOUT.total_seconds())
        answer.raise_for_status()
        return answer.json()

    def put(self, path: str) -> None:
        """Do."""
        answer = requests.put(f"{self.base_url}{path}", headers=self.headers, timeout=TIMEOUT.total_seconds())
        answer.raise_for_status()


def announce(supervisor: Caller, organisation: str, today: date) -> None:
    """Two meetings ahead, one just past, a newsletter of today and one to come."""
    for rank, (kind, title, place, places) in enumerate(TITLES, 1):
        starts = CALENDAR.at(CALENDAR.add_working_days(today, 5 * rank), hour(14))
        _meeting(supervisor, organisation, (kind, title, place, places), starts)
    _meeting(supervisor, organisation, ("partners", "Rencontre des partenaires", "Salle A", 30), _in_a_moment())
    for title, body, days in LETTERS:
        issue = {"title": title, "body": body, "leaves_on": str(today + timedelta(days=days)), "sectors": []}
        supervisor.post("/v1/newsletters", issue, f"{organisation}-{title[:20].encode().hex()}")


def _in_a_moment() -> datetime:
    return datetime.now(UTC) + A_MOMENT


def _meeting(supervisor: Caller, organisation: str, told: tuple[str, str, str, int], starts_at: datetime) -> None:
    kind, title, place, places = told
    body = {"kind": kind, "title": title, "place": place, "places": places, "minutes": 90}
    supervisor.post("/v1/meetings", {**body, "starts_at": starts_at.isoformat()}, f"{organisation}-{kind}")


def register(agent: Caller, firms: Sequence[Firm]) -> None:
    """Some enterprises take a place in the next meeting."""
    ahead = [it for it in agent.get("/v1/meetings").json()["items"] if it["kind"] == "information"]
    for firm in [it for it in firms if it.story in ("ordinary", "two_accounts")][:3]:
        if ahead and _is_followed(agent, firm):
            agent.put(f"/v1/meetings/{ahead[0]['id']}/registrations/{firm.siren}")


def mediate(agent: Caller, supervisor: Caller, firms: Sequence[Firm]) -> Iterator[Firm]:
    """Mediations asked for and answered in writing."""
    for firm in are_followed(agent, firms, "asks_for_mediation"):
        agent.post(f"/v1/journeys/{firm.siren}/mediations", {"note": ASKED}, f"{firm.siren}-asked")
        for it in agent.get(f"/v1/journeys/{firm.siren}/requests").json():
            supervisor.post(f"/v1/requests/{it['id']}/answer", {"text": ANSWERED}, f"{firm.siren}-answered")
        yield firm


def are_followed(agent: Caller, firms: Sequence[Firm], story: str) -> list[Firm]:
    """The enterprises of a story whose journeys run."""
    return [it for it in firms if it.story == story and _is_followed(agent, it)]


def _is_followed(agent: Caller, firm: Firm) -> bool:
    """Wait for the journey to run."""
    until = time.monotonic() + TIMEOUT.total_seconds()
    while time.monotonic() < until:
        answer = agent.get(f"/v1/journeys/{firm.siren}")
        if answer.ok and answer.json()["phase"] in ("active", "notice"):
            return True
        time.sleep(0.2)
    return False
