"""The addresses of the console, and who may open them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from config.tokens import Role
from web.console import (
    administration,
    agenda,
    clock,
    day,
    deeds,
    details,
    enterprise,
    letters,
    meetings,
    newsletters,
    open_sessions,
    portfolio,
    reasons,
    set_aside,
    stopping,
    subscriber,
    supervision,
    task,
)
from web.console.people import Person
from web.desk import Desk

AGENTS: tuple[Role, ...] = ("agent", "supervisor", "admin")
SUPERVISORS: tuple[Role, ...] = ("supervisor", "admin")
TASK_HOLDERS: tuple[Role, ...] = (*AGENTS, "mediator")
ADMINS: tuple[Role, ...] = ("admin",)
ENTERPRISE = "/console/entreprises/{siren}"

Show = Callable[[Desk, Person, Request], Awaitable[Response]]
Act = Callable[[Desk, Person, Request, FormData], Awaitable[Response]]


@dataclass(frozen=True)
class Screen:
    """One address: what it shows, what its form does, who may open it."""

    path: str
    show: Show | None = None
    act: Act | None = None
    roles: tuple[Role, ...] = AGENTS


SCREENS: tuple[Screen, ...] = (
    Screen("/console/", day.show, roles=TASK_HOLDERS),
    Screen("/console/taches/{task}", task.show, task.act, TASK_HOLDERS),
    Screen("/console/portefeuille", portfolio.show),
    Screen(ENTERPRISE, enterprise.show),
    Screen(f"{ENTERPRISE}/messages/{{message}}", reasons.show),
    Screen(f"{ENTERPRISE}/delais/{{plan}}", act=deeds.decide_plan),
    Screen(f"{ENTERPRISE}/delais/{{plan}}/pieces", act=deeds.note_piece),
    Screen(f"{ENTERPRISE}/promesses", act=deeds.note_promise),
    Screen(f"{ENTERPRISE}/rendez-vous", act=deeds.offer),
    Screen(f"{ENTERPRISE}/rendez-vous/{{appointment}}", act=deeds.change_appointment),
    Screen(f"{ENTERPRISE}/reunions", act=deeds.register),
    Screen(f"{ENTERPRISE}/notes", act=deeds.write_note),
    Screen(f"{ENTERPRISE}/coordonnees", act=details.correct),
    Screen(f"{ENTERPRISE}/horloge", act=clock.move_on),
    Screen("/console/agenda", agenda.show, agenda.act),
    Screen("/console/reunions", meetings.show, meetings.act),
    Screen("/console/lettres", newsletters.show, newsletters.act, SUPERVISORS),
    Screen("/console/encadrement", supervision.show, supervision.act, SUPERVISORS),
    Screen("/console/administration", administration.show, administration.act, ADMINS),
    Screen("/console/administration/evenements/{event}", set_aside.show, set_aside.act, ADMINS),
    Screen("/console/administration/arrets", stopping.show, stopping.act, ADMINS),
    Screen("/console/administration/lettres-types", letters.show, roles=ADMINS),
    Screen("/console/administration/sessions", open_sessions.show, open_sessions.act, ADMINS),
    Screen("/console/administration/abonnements/{subscription}", subscriber.show, subscriber.act, ADMINS),
)
