"""ENR-7: several accounts of one SIREN share its journey; once there are two, what is said names the one meant."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from domain.effects import Effect, OpenTask
from domain.state import Journey


def accounts_of(journey: Journey) -> tuple[str, ...]:
    """The accounts known of an enterprise, the one that started the journey first."""
    others = {
        *journey.other_accounts,
        *(it.account for it in journey.contributions.values()),
        *(it.account for it in journey.incidents.values()),
        *(it.account for it in journey.plans.values()),
    } - {journey.account}
    return journey.account, *sorted(others)


def account_named(journey: Journey, *words: str) -> str | None:
    """The account of the case whose id or ``account/period`` stands in these words, when there are several."""
    if len(accounts_of(journey)) == 1:
        return None
    for cases in (journey.incidents, journey.plans, journey.refunds, journey.contributions):
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
