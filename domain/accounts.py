"""ENR-7: several accounts of one SIREN share its journey; once there are two, what is said names the one meant."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from domain.effects import Effect, OpenTask
from domain.facts import Fact
from domain.identifiers import account_number
from domain.state import Contribution, Journey


def accounts_of(journey: Journey) -> tuple[str, ...]:
    """The accounts known of an enterprise, the one that started the journey first."""
    others = {
        *journey.other_accounts,
        *(it.account for it in journey.contributions.values()),
        *(it.account for it in journey.incidents.values()),
        *(it.account for it in journey.plans.values()),
    } - {journey.account}
    return journey.account, *sorted(others)


def spelling(journey: Journey, account: str) -> str:
    """An account as this journey knows it already: blanks and case do not count, the first spelling is shown."""
    if account == journey.account:
        return account
    number = account_number(account)
    return next((it for it in accounts_of(journey) if account_number(it) == number), account)


def as_known(fact: Fact, journey: Journey) -> Fact:
    """The fact, its account spelt as the journey knows it."""
    account: str | None = getattr(fact, "account", None)
    known = spelling(journey, account) if account else account
    changed: dict[str, Any] = {} if known == account else {"account": known}
    return replace(fact, **changed) if changed else fact


def with_one_spelling(journey: Journey) -> Journey:
    """The same journey, what an earlier version kept apart under two spellings of one account told together."""
    accounts = accounts_of(journey)
    if len(accounts) == 1:
        return journey
    first: dict[str, str] = {}
    spelt = {it: first.setdefault(account_number(it), it) for it in accounts}
    for old, new in spelt.items():
        if old != new:
            journey = _respelt(journey, old, new)
    return journey


def _respelt(journey: Journey, old: str, new: str) -> Journey:
    def renamed(cases: dict[str, Any]) -> dict[str, Any]:
        return {key: replace(it, account=new) if it.account == old else it for key, it in cases.items()}

    contributions = {key: it for key, it in journey.contributions.items() if it.account != old}
    for it in journey.contributions.values():
        if it.account == old:
            moved = replace(it, account=new)
            known = contributions.get(moved.key)
            contributions[moved.key] = _told_together(known, moved) if known else moved
    return journey.but(
        contributions=contributions,
        incidents=renamed(journey.incidents),
        plans=renamed(journey.plans),
        refunds=renamed(journey.refunds),
        remissions=renamed(journey.remissions),
        other_accounts=tuple(sorted({new if it == old else it for it in journey.other_accounts} - {journey.account})),
        as_of=_latest(journey.as_of, old, new),
        done=_latest(journey.done, old, new),
    )


def _told_together(one: Contribution, other: Contribution) -> Contribution:
    """The newer statement, and what was paid, told and bounced under either."""
    told = [it.told for it in (one, other) if it.told]
    return replace(
        max((it for it in (one, other) if it.stated_at), key=lambda it: str(it.stated_at), default=one),
        payments=tuple(sorted({*one.payments, *other.payments}, key=lambda it: (it.at, it.event_id))),
        bounces=tuple(sorted({*one.bounces, *other.bounces}, key=lambda it: (it.at, it.event_id))),
        told=max(told, key=lambda it: it.at) if told else None,
    )


def _latest(known: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    """What stands under either spelling, the latest of the two."""
    found: dict[str, Any] = {}
    spelt = re.compile(rf"(?<![0-9A-Z ]){re.escape(old)}/")
    for key, value in known.items():
        respelt = spelt.sub(f"{new}/", key)
        found[respelt] = max(found[respelt], value) if respelt in found else value
    return found


def account_named(journey: Journey, *words: str) -> str | None:
    """The account of the case whose id or ``account/period`` stands in these words, when there are several."""
    if len(accounts_of(journey)) == 1:
        return None
    for cases in (journey.incidents, journey.plans, journey.refunds, journey.remissions, journey.contributions):
        for key, it in cases.items():
            if any(key in word for word in words):
                return it.account
    return next((it for it in accounts_of(journey) if any(f"{it}/" in word for word in words)), None)


def with_account(label: str, account: str | None) -> str:
    """``octobre 2026, compte 117…``: the words for a period, and the account when it has to be named."""
    return f"{label}, compte {account}" if account else label


def naming_accounts(journey: Journey, effects: Iterable[Effect]) -> tuple[Effect, ...]:
    """Tasks with the account they are about, when there are several."""
    return tuple(_named(journey, it) if isinstance(it, OpenTask) else it for it in effects)


def _named(journey: Journey, task: OpenTask) -> OpenTask:
    account = account_named(journey, task.key, task.about or "")
    named = account is None or account in task.summary
    return task if named else replace(task, summary=with_account(task.summary, account))
