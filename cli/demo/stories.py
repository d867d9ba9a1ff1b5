"""What happened to each enterprise of the demonstration."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from cli.demo.events import (
    CALENDAR,
    Happening,
    ahead,
    amount_of,
    cloud_event,
    described,
    due,
    opening,
    paid,
    payments,
    stated,
)
from cli.demo.portfolio import RHA, Firm
from domain.obligations import Obligation, Period

SHOWN = {
    "due_soon": "a reminder leaves on the next working day",
    "notice_soon": "the end is announced in two days, and can be put off",
    "grown_to_11": "eleven employees, told what changes and what is frozen",
    "asks_for_time": "a payment plan is asked for, to be answered in 72 hours",
    "formal_notice": "a formal notice is served, and what may still be done is said",
    "long_unpaid": "an old debt, whose promises are late",
    "two_accounts": "two accounts in one journey",
    "asks_for_mediation": "a mediation asked for, and answered in writing",
}
"""Stories worth looking at first, and why."""

SECOND_ACCOUNT = 500
LAST = 999
"""The rank of what is told once a journey runs."""


Story = Callable[[Firm, date], Iterator[Happening]]


def cloud_events(firm: Firm, today: date) -> list[dict[str, Any]]:
    """The CloudEvents of an enterprise, in the order they happened."""
    return [cloud_event(firm, rank, happening) for rank, happening in enumerate(_history(firm, today))]


def _history(firm: Firm, today: date) -> Iterator[Happening]:
    if firm.story != "not_opened_yet":
        yield opening(firm)
    yield from STORIES[firm.story](firm, today)


def _past(firm: Firm, today: date) -> Iterator[Happening]:
    for obligation in payments(firm, today):
        if obligation.due.due_on <= today:
            amount = amount_of(firm, obligation)
            yield stated(firm, obligation, amount, today)
            yield paid(firm, obligation.period, amount, obligation.due.due_on - timedelta(days=1))


def just_opened(_firm: Firm, _today: date) -> Iterator[Happening]:
    """Nothing yet but the opening."""
    return iter(())


def ordinary(firm: Firm, today: date) -> Iterator[Happening]:
    """The past is paid, the amount ahead is known."""
    yield from _past(firm, today)
    for obligation in ahead(firm, today):
        yield stated(firm, obligation, amount_of(firm, obligation), today)


def due_soon(firm: Firm, today: date) -> Iterator[Happening]:
    """Urssaf's systems stated a date so near that the reminder leaves at once or on the next working day."""
    month = Period.month_of(today.replace(day=1) - timedelta(days=1))
    yield from (happening for happening in _past(firm, today) if happening.data["period"] != str(month))
    due_on = CALENDAR.working_day_on_or_after(CALENDAR.add_working_days(today, 1) + timedelta(days=3))
    yield due(firm, month, due_on, Decimal("1240.50"), today - timedelta(days=2))


def unknown_amount(firm: Firm, today: date) -> Iterator[Happening]:
    """The amount ahead is not known yet."""
    yield from _past(firm, today)
    for obligation in ahead(firm, today):
        yield stated(firm, obligation, None, today)


def nothing_owed(firm: Firm, today: date) -> Iterator[Happening]:
    """A period of zero."""
    for obligation in ahead(firm, today):
        yield stated(firm, obligation, Decimal(0), today)


def corrected(firm: Firm, today: date) -> Iterator[Happening]:
    """The amount ahead was corrected yesterday."""
    yield from ordinary(firm, today)
    for obligation in ahead(firm, today):
        amount = amount_of(firm, obligation) - Decimal("150.25")
        yield due(firm, obligation.period, obligation.due.due_on, amount, today - timedelta(days=1))


def paid_early(firm: Firm, today: date) -> Iterator[Happening]:
    """What is ahead is already paid."""
    yield from ordinary(firm, today)
    for obligation in ahead(firm, today):
        yield paid(firm, obligation.period, amount_of(firm, obligation), today - timedelta(days=1))


def _growth(headcount: int) -> Story:
    def story(firm: Firm, today: date) -> Iterator[Happening]:
        yield from ordinary(firm, today)
        on = today - timedelta(days=1)
        yield Happening("headcount.changed", on, {"headcount": headcount, "on": str(on)})

    return story


def _last_late(firm: Firm, today: date) -> Obligation:
    return [obligation for obligation in payments(firm, today) if obligation.due.due_on < today][-1]


def incident(firm: Firm, today: date) -> Iterator[Happening]:
    """The last due date was not paid."""
    late = _last_late(firm, today)
    amount = f"{amount_of(firm, late):.2f}"
    yield stated(firm, late, amount_of(firm, late), today)
    data = {"account": firm.account, "period": str(late.period), "due_on": str(late.due.due_on)}
    yield Happening("incident.detected", today - timedelta(days=1), {**data, "kind": "unpaid", "amount": amount})


def struggling(firm: Firm, today: date) -> Iterator[Happening]:
    """The last two due dates were not paid in time; the second is open."""
    *_, before, _ = late = [it for it in payments(firm, today) if it.due.due_on < today]
    earlier = {"account": firm.account, "period": str(before.period), "due_on": str(before.due.due_on)}
    on, amount = before.due.due_on + timedelta(days=2), amount_of(firm, late[-2])
    yield stated(firm, before, amount, today)
    yield Happening("incident.detected", on, {**earlier, "kind": "debit_rejected", "amount": f"{amount:.2f}"})
    yield paid(firm, before.period, amount, on + timedelta(days=5))
    yield from incident(firm, today)


def contact_changed(firm: Firm, today: date) -> Iterator[Happening]:
    """Another phone number."""
    yield from ordinary(firm, today)
    contact = {**described(firm.contact), "phone": "+33639980099"}
    yield Happening("contact.changed", today - timedelta(days=1), {"contact": contact})


def accountant_appointed(firm: Firm, today: date) -> Iterator[Happening]:
    """An accountant from now on."""
    yield from ordinary(firm, today)
    accountant = {"name": "Expertise Balance", "email": "balance@example.org", "phone": "+33199005700"}
    yield Happening("accountant.appointed", today - timedelta(days=1), {"accountant": accountant})


def formal_notice(firm: Firm, today: date) -> Iterator[Happening]:
    """The last due date was not paid, and a formal notice is served."""
    yield from incident(firm, today)
    late = _last_late(firm, today)
    data = {"account": firm.account, "period": str(late.period), "amount": f"{amount_of(firm, late):.2f}"}
    dates = {"served_on": str(today - timedelta(days=1)), "reply_by": str(today + timedelta(days=29))}
    yield Happening("notice.served", today - timedelta(days=1), data | dates)


def long_unpaid(firm: Firm, today: date) -> Iterator[Happening]:
    """A due date of two months ago is still unpaid: what was promised about it is late."""
    *_, late, _ = [it for it in payments(firm, today) if it.due.due_on < today]
    on, amount = late.due.due_on + timedelta(days=2), amount_of(firm, late)
    yield stated(firm, late, amount, today)
    data = {"account": firm.account, "period": str(late.period), "due_on": str(late.due.due_on)}
    yield Happening("incident.detected", on, {**data, "kind": "unpaid", "amount": f"{amount:.2f}"})


def two_accounts(firm: Firm, today: date) -> Iterator[Happening]:
    """A second account, with its own due dates, in one journey."""
    yield from ordinary(firm, today)
    second = replace(firm, rank=firm.rank + SECOND_ACCOUNT)
    on = today - timedelta(days=60)
    yield Happening("account.opened", on, opening(firm).data | {"account": second.account, "opened_on": str(on)})
    for obligation in ahead(firm, today):
        yield replace(stated(second, obligation, amount_of(second, obligation), today), on=today - timedelta(days=2))


def ended(firm: Firm, today: date) -> Iterator[Happening]:
    """The past is paid; the account is closed once the journey runs (`closing`)."""
    yield from _past(firm, today)


def closing(firm: Firm, today: date) -> dict[str, Any]:
    """The CloudEvent of an account that closed yesterday."""
    on = today - timedelta(days=1)
    data = {"account": firm.account, "closed_on": str(on), "reason": "cessation"}
    return cloud_event(firm, LAST, Happening("account.closed", on, data))


def closed(firm: Firm, today: date) -> Iterator[Happening]:
    """The account closes in three days."""
    yield from ordinary(firm, today)
    data = {"account": firm.account, "closed_on": str(today + timedelta(days=3)), "reason": "cessation"}
    yield Happening("account.closed", today - timedelta(days=1), data)


def transferred(firm: Firm, today: date) -> Iterator[Happening]:
    """Another organisation takes over in two days."""
    yield from ordinary(firm, today)
    data = {"account": firm.account, "to_organisation": RHA, "on": str(today + timedelta(days=2))}
    yield Happening("account.transferred", today - timedelta(days=1), data)


STORIES: dict[str, Story] = {
    "just_opened": just_opened,
    "ordinary": ordinary,
    "notice_soon": ordinary,
    "due_soon": due_soon,
    "unknown_amount": unknown_amount,
    "nothing_owed": nothing_owed,
    "corrected": corrected,
    "paid_early": paid_early,
    "grown_to_11": _growth(11),
    "grown_to_20": _growth(20),
    "incident": incident,
    "struggling": struggling,
    "asks_for_time": incident,
    "contact_changed": contact_changed,
    "accountant_appointed": accountant_appointed,
    "closed": closed,
    "ended": ended,
    "formal_notice": formal_notice,
    "long_unpaid": long_unpaid,
    "two_accounts": two_accounts,
    "asks_for_mediation": ordinary,
    "transferred": transferred,
    "not_opened_yet": ordinary,
}
