"""The demonstration: invented, valid, the same for everybody, with something to see soon."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from activities.inbound import EVENT_TYPES, PREFIX
from cli import demo
from cli.demo.agendas import slots_of
from cli.demo.deeds import Caller, announce
from cli.demo.events import CALENDAR
from cli.demo.portfolio import AGENTS, portfolio
from cli.demo.stories import SHOWN, STORIES, closing, cloud_events
from config.tokens import development_tokens
from domain.identifiers import parse_siren

DAYS = st.dates(date(2026, 1, 1), date(2029, 12, 31))


@given(DAYS)
def test_every_event_is_valid_on_any_day(today: date) -> None:
    for firm in portfolio(today):
        for event in cloud_events(firm, today):
            EVENT_TYPES[event["type"].removeprefix(PREFIX)].model_validate(event["data"])
            assert datetime.fromisoformat(event["time"]).date() < today


@given(DAYS)
def test_the_account_that_is_closed_in_the_end_is_closed_by_a_valid_event_of_its_own(today: date) -> None:
    [firm] = [it for it in portfolio(today) if it.story == "ended"]
    event = closing(firm, today)
    EVENT_TYPES[event["type"].removeprefix(PREFIX)].model_validate(event["data"])
    assert event["id"] not in {it["id"] for it in cloud_events(firm, today)}
    assert datetime.fromisoformat(event["time"]).date() < today


@given(DAYS)
def test_the_same_day_gives_the_same_events_each_with_its_own_id(today: date) -> None:
    events = [event for firm in portfolio(today) for event in cloud_events(firm, today)]
    assert events == [event for firm in portfolio(today) for event in cloud_events(firm, today)]
    assert max(Counter(event["id"] for event in events).values()) == 1


def test_the_portfolio_is_varied() -> None:
    today = date(2026, 5, 20)
    firms = portfolio(today)
    assert len(firms) >= 30
    assert {firm.story for firm in firms} == STORIES.keys() >= SHOWN.keys()
    assert {firm.organisation for firm in firms} == AGENTS.keys()
    assert {bool(firm.accountant) for firm in firms} == {firm.quarterly for firm in firms} == {True, False}
    assert (min(firm.headcount for firm in firms), max(firm.headcount for firm in firms)) == (0, 60)
    events = [event for firm in firms for event in cloud_events(firm, today)]
    types = {event["type"].removeprefix(PREFIX) for event in events}
    assert types >= {"account.closed", "account.transferred", "incident.detected", "contact.changed", "notice.served"}
    opened = Counter(event["subject"] for event in events if event["type"].endswith("account.opened"))
    assert max(opened.values()) == 2
    assert max(Counter(firm.accountant for firm in firms if firm.accountant).values()) > 3


@given(DAYS)
def test_a_meeting_and_a_newsletter_are_ahead_and_one_of_each_is_at_once(today: date) -> None:
    interface = Interface()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo.requests, "post", interface.post)
        announce(Caller("http://here", {"Authorization": "x"}), "urssaf-idf", today)
    starts = [datetime.fromisoformat(body["starts_at"]) for *_, body in interface.calls if "starts_at" in body]
    leaves = [date.fromisoformat(body["leaves_on"]) for *_, body in interface.calls if "leaves_on" in body]
    assert [CALENDAR.is_open(it) and CALENDAR.day_of(it) > today for it in starts[:2]] == [True, True]
    assert (min(leaves), max(leaves) > today) == (today, True)


def test_nobody_in_it_exists() -> None:
    firms = portfolio(date(2026, 5, 20))
    assert len({parse_siren(firm.siren) for firm in firms}) == len(firms)
    assert all(firm.siren < "000325175" for firm in firms)
    people = [person for firm in firms for person in (firm.contact, firm.accountant) if person]
    for person in (*people, *(agent for agents in AGENTS.values() for agent in agents)):
        assert person.email.endswith("@example.org")
        assert person.phone is None or person.phone.startswith(("+3363998", "+3319900"))


ANSWER = b'{"accepted": 3, "open_incident": true, "phase": "active", "items": []}'


class Interface:
    """Takes what is sent."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str, str, Any]] = []

    def put(self, url: str, **call: Any) -> requests.Response:
        return self._take("PUT", url, call)

    def post(self, url: str, **call: Any) -> requests.Response:
        return self._take("POST", url, call)

    def get(self, url: str, **call: Any) -> requests.Response:
        return self._take("GET", url, {**call, "json": None})

    def _take(self, verb: str, url: str, call: dict[str, Any]) -> requests.Response:
        self.calls.append((verb, url, call["headers"]["Authorization"], call["json"]))
        answer = requests.Response()
        answer.status_code = 200
        answer._content = b"[]" if url.endswith("/requests") else ANSWER
        return answer


def test_each_organisation_is_told_with_its_own_tokens(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    interface, tokens = Interface(), development_tokens()
    monkeypatch.setattr(demo.requests, "put", interface.put)
    monkeypatch.setattr(demo.requests, "post", interface.post)
    monkeypatch.setattr(demo.requests, "get", interface.get)
    demo.seed("http://here", [token for token in tokens if token.organisation == "urssaf-idf"])
    bearers = {token.role: f"Bearer {token.token}" for token in tokens if token.organisation == "urssaf-idf"}
    first = [(verb, bearer) for verb, _, bearer, _ in interface.calls][:9]
    assert first == [
        *[("PUT", bearers["supervisor"])] * 6,
        ("POST", bearers["system"]),
        ("GET", bearers["agent"]),
        ("POST", bearers["agent"]),
    ]
    announced = [url.rpartition("/")[2] for verb, url, *_ in interface.calls[9:] if verb == "POST"]
    assert Counter(announced) == {"meetings": 3, "newsletters": 2, "mediations": 1, "events": 1}
    assert {bearer for *_, bearer, _ in interface.calls} == {bearers[it] for it in ("supervisor", "system", "agent")}
    sirens = {event["subject"] for event in interface.calls[6][3]}
    own = {firm.siren for firm in portfolio(date.today()) if firm.organisation == "urssaf-idf"}
    assert sirens == own
    assert "Look at 000" in capsys.readouterr().err


@given(DAYS)
def test_agents_receive_on_working_days_ahead(today: date) -> None:
    for rank in range(3):
        starts = [datetime.fromisoformat(slot["starts_at"]) for slot in slots_of(rank, today)]
        assert len(starts) == len(set(starts)) >= 20
        assert all(CALENDAR.is_open(it) and it.date() > today for it in starts)
