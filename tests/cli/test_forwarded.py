"""What `parcours fast-forward` says of the days it passed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from activities.explaining import Dossier
from cli.forwarded import happened
from db.forwarded import Standing

NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)
NOTHING = Standing({}, {}, {}, {})
DOSSIER = cast(Dossier, SimpleNamespace(upcoming=(), when=lambda at: f"{at:%d/%m/%Y}"))


def row(**columns: Any) -> Any:
    return SimpleNamespace(**columns)


def letter(status: str, **columns: Any) -> Any:
    usual = {"rule": "REM-2", "template": "due_reminder", "channel": "sms", "recipient": "enterprise", "reason": None}
    return row(status=status, **{**usual, **columns})


def promise(**columns: Any) -> Any:
    return row(**{"kind": "plan_answer", "rule": "PLN-2", "met_at": None, "breached_at": None, **columns})


def said(before: Standing, after: Standing) -> str:
    return "\n".join(happened(before, after, DOSSIER))


def test_where_nothing_happened_it_says_so() -> None:
    assert said(NOTHING, NOTHING).splitlines() == [
        "Lettres parties : aucune",
        "Lettres qui ne sont pas parties : aucune",
        "Tâches ouvertes : aucune",
        "Incidents : aucun",
        "Promesses : aucune",
        "Prochaines dates : aucune",
    ]


def test_letters_are_counted_by_kind_and_what_did_not_leave_says_why() -> None:
    letters = {1: letter("delivered"), 2: letter("sent"), 3: letter("dropped", reason="payée"), 4: letter("queued")}
    told = said(NOTHING, replace(NOTHING, messages=letters))
    assert "2 × due_reminder par SMS (REM-2)" in told
    assert "due_reminder par SMS (REM-2) : payée" in told


def test_a_letter_queued_before_and_left_meanwhile_is_told_and_one_left_before_is_not() -> None:
    before = replace(NOTHING, messages={1: letter("queued"), 2: letter("delivered")})
    after = replace(NOTHING, messages={1: letter("delivered"), 2: letter("delivered")})
    assert "1 × due_reminder" in said(before, after)


def test_tasks_and_incidents_are_told() -> None:
    task = row(summary="Appeler", rule="INC-3", due_at=NOW, opened_at=NOW, status="open")
    incident = row(id="incident-1", family="incident", status="handed_over")
    told = said(NOTHING, replace(NOTHING, tasks={1: task}, cases={"incident-1": incident}))
    assert "Appeler (INC-3), pour le 04/05/2026" in told
    assert "incident-1 : transmis au recouvrement" in told


@pytest.mark.parametrize(
    ("before", "after", "how"),
    [
        (promise(), promise(met_at=NOW), "1 × plan_answer tenue (PLN-2)"),
        (promise(), promise(breached_at=NOW), "1 × plan_answer manquée (PLN-2)"),
        (promise(breached_at=NOW), promise(breached_at=NOW, met_at=NOW), "Promesses : aucune"),
        (promise(), promise(), "Promesses : aucune"),
    ],
)
def test_promises_are_kept_or_missed_once(before: Any, after: Any, how: str) -> None:
    assert how in said(replace(NOTHING, promises={1: before}), replace(NOTHING, promises={1: after}))
