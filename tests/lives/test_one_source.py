"""SPC-4: at any instant of any life the agenda, the calendar, the forecast and the letters say the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from html import unescape
from types import SimpleNamespace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from domain.cases import Stage
from domain.effects import SendMessage
from domain.facts import (
    AccountOpened,
    AccountTransferred,
    DeclarationReceived,
    IncidentCancelled,
    IncidentDetected,
    PaymentReceived,
    PreferencesChosen,
    RecoveryServed,
)
from domain.forecast import Upcoming, forecast
from domain.messages import Outgoing, Recipient, intentions, objection
from domain.requests import Ask, Reply, Request
from domain.rules.plans import PIECES
from domain.space.debts import Debt, InstalmentLine, PlanLine
from domain.space.due_lines import DueLine
from domain.space.overview import Overview, overview, standing_overview
from domain.space.reminders import LetterRow, ReminderState
from domain.state import CloseReason
from notifications.feed import feed
from notifications.wording import jour_mail
from tests.domain.rules.happenings import ACCOUNT, IDF, PARIS, RHONE, due, ended, opened, stamp
from tests.domain.rules.meetings import Meetings, slot
from web.portal.calendar import NAME, booked, marks
from web.portal.overview import Host
from web.rendering import html

OTHER = "117000000000000002"
PERIODS = {
    "2026-10": "2026-11-16",
    "2026-11": "2026-12-15",
    "2026-12": "2027-01-15",
    "2027-01": "2027-02-15",
    "2026-Q4": "2027-01-15",
}
SLOTS = tuple(slot(f"{date(2026, 11, 3) + timedelta(days=4 * n)} 10:00") for n in range(60))
HOSTS = {"alice.martin": Host("Alice Martin", None)}
MONEY = re.compile(r"([0-9][0-9 ]*,[0-9]{2}) €")


class Told(Meetings):
    """A life whose ledger is kept: each letter, and whether it left."""

    def __init__(self, opening: AccountOpened) -> None:
        self.letters: list[LetterRow] = []
        super().__init__(opening, *SLOTS)

    def take_step(self, *requests: Request) -> dict[str, Reply]:
        before = len(getattr(self, "happened", []))
        replies = super().take_step(*requests)
        decided = [it.effect for it in self.happened[before:] if isinstance(it.effect, SendMessage)]
        self.letters += [row for effect in decided for row in self.rows(effect)]
        stands = standing_overview(self.journey, self.rulebook.world(self.journey, self.now))
        for letter in [it for it in decided if self.holds(it)]:
            CHECKS.get(letter.template, nothing)(letter.facts, stands, letter)
        return replies

    def rows(self, effect: SendMessage) -> Iterator[LetterRow]:
        for it in intentions(effect, self.journey):
            if it.recipient is Recipient.ENTERPRISE:
                reason = it.dropped or objection(self.leaving(effect), self.journey, self.now)
                sent_at = None if reason else self.now
                yield LetterRow(effect.subject, it.channel, "dropped" if reason else "sent", reason, sent_at)

    def leaving(self, effect: SendMessage) -> Outgoing:
        facts = {name: written(value) for name, value in effect.facts.items()}
        channel = effect.channels[0]
        return Outgoing(effect.template, effect.purpose, channel, Recipient.ACCOUNTANT, facts, effect.valid_until)

    def holds(self, effect: SendMessage) -> bool:
        """Nothing later in the same step made it untrue."""
        checked = objection(self.leaving(effect), self.journey.but(accountant=True), self.now)
        return checked is None

    @property
    def seen(self) -> Overview:
        return overview(self.journey, self.journey, self.now, self.rulebook, self.letters)

    def compare(self) -> None:
        seen, ahead = self.seen, forecast(self.journey, self.now, self.rulebook)
        calendar_says_the_same(self, seen)
        forecast_says_the_same(seen, ahead)
        agenda_says_it(self, seen, agenda(self, seen))


def written(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal | date) else value


def agenda(life: Told, seen: Overview) -> str:
    policy = life.rulebook.world(life.journey, life.now).current
    visit = SimpleNamespace(
        local=lambda instant: instant.astimezone(PARIS),
        enterprise=SimpleNamespace(name="Fournil", phone="+33639980001"),
        link=SimpleNamespace(siren=life.journey.siren),
        contact=SimpleNamespace(name="Alice Martin", phone=None, email=None, is_referent=True),
        world=SimpleNamespace(current=policy),
        is_accountant=False,
    )
    shown = html(
        "agenda",
        {
            "visit": visit,
            "seen": seen,
            "hosts": HOSTS,
            "meetings": [],
            "messages": [],
            "levels": {},
            "policy": policy,
            "current": policy,
            "subscription": SimpleNamespace(https="", webcal=""),
            "pieces": PIECES,
        },
    )
    body = unescape(shown).partition("<h1>")[2].partition("Dans votre agenda")[0]
    return " ".join(re.sub("<[^>]+>", " | ", body).replace("\u00a0", " ").split())


def nothing(_facts: dict[str, Any], _seen: Overview, _letter: SendMessage) -> None:
    """A letter about nothing that is compared here."""


def reminder_says_it(facts: dict[str, Any], seen: Overview, letter: SendMessage) -> None:
    [line] = [it for it in seen.ahead if it.subject == letter.subject]
    assert (line.due_on, line.nominal_on, line.asks) == (facts["due_on"], facts["nominal_on"], facts["subject_kind"])
    if line.asks != "declaration":
        assert line.left == facts["amount"]


def correction_says_it(facts: dict[str, Any], seen: Overview, _: SendMessage) -> None:
    if "beyond" in facts:
        [plan] = [it for it in seen.plans if it.id == facts["plan"]]
        assert (plan.beyond, plan.left) == (facts["beyond"], facts["previous_amount"])
        return
    lines = [it for it in (*seen.ahead, *seen.past) if it.key == facts["contribution"]]
    assert [(it.due_on, it.left) for it in lines] == [(facts["due_on"], facts["amount"])]


def instalment_says_it(facts: dict[str, Any], seen: Overview, letter: SendMessage) -> None:
    [line] = [it for it in instalments(seen) if it.subject == letter.subject]
    assert (line.due_on, line.left, line.count) == (facts["due_on"], facts["amount"], facts["count"])


def debt_says_it(facts: dict[str, Any], seen: Overview, letter: SendMessage) -> None:
    debt = debt_of(facts, seen)
    if debt is None:  # a plan that runs spreads it, or a notice was served for a sum too small to be chased
        assert letter.template in ("notice_served", "writ_served")
        return
    assert (debt.left, debt.due_on) == (facts["amount"], facts["was_due_on"])
    assert debt.handed_over or letter.template not in ("incident_handed_over", "notice_served", "writ_served")


def debt_is_gone(facts: dict[str, Any], seen: Overview, _: SendMessage) -> None:
    assert debt_of(facts, seen) is None


def debt_of(facts: dict[str, Any], seen: Overview) -> Debt | None:
    return next((it for it in seen.debts if it.incident == facts["incident"]), None)


def plan_runs(facts: dict[str, Any], seen: Overview, _: SendMessage) -> None:
    plan = plan_of(facts, seen)
    assert plan is not None
    assert plan.is_running
    drawn = [{"due_on": it.due_on, "amount": it.amount} for it in plan.instalments]
    assert drawn == facts["instalments"]
    for line in (*seen.ahead, *seen.past):
        if line.key == f"{plan.account}/{plan.period}":
            assert line.asks in (None, "declaration")
            assert line.left in (0, plan.beyond)


def plan_waits(facts: dict[str, Any], seen: Overview, _: SendMessage) -> None:
    plan = plan_of(facts, seen)
    assert plan is not None
    assert not plan.is_running
    assert not plan.instalments
    if "answer_on" in facts:
        assert plan.answer_by is not None
        assert plan.answer_by.astimezone(PARIS).date() == facts["answer_on"]
    if "pieces" in facts:
        assert (list(plan.missing), plan.paused) == (facts["pieces"], True)


def plan_is_countered(facts: dict[str, Any], seen: Overview, _: SendMessage) -> None:
    plan = plan_of(facts, seen)
    assert plan is not None
    assert [{"due_on": it.due_on, "amount": it.amount} for it in plan.counter] == facts["instalments"]


def plan_is_gone(facts: dict[str, Any], seen: Overview, _: SendMessage) -> None:
    assert plan_of(facts, seen) is None


def plan_of(facts: dict[str, Any], seen: Overview) -> PlanLine | None:
    return next((it for it in seen.plans if it.id == facts["plan"]), None)


def appointment_stands(facts: dict[str, Any], seen: Overview, _: SendMessage) -> None:
    [line] = [it for it in seen.appointments if it.id == facts["appointment"]]
    assert line.slot is not None
    said = (datetime.fromisoformat(facts["starts_at"]), facts["minutes"], facts["agent"], facts["format"])
    assert (line.slot.starts_at, line.slot.minutes, line.slot.agent, line.format) == said


def appointment_is_offered(facts: dict[str, Any], seen: Overview, _: SendMessage) -> None:
    [line] = [it for it in seen.appointments if it.id == facts["appointment"]]
    assert line.slot is None


def appointment_is_gone(facts: dict[str, Any], seen: Overview, _: SendMessage) -> None:
    assert not [it for it in seen.appointments if it.id == facts["appointment"]]


def end_is_the_same(facts: dict[str, Any], seen: Overview, _: SendMessage) -> None:
    assert facts["ends_on"] == seen.ends_on


CHECKS: dict[str, Callable[[dict[str, Any], Overview, SendMessage], None]] = {
    "due_reminder": reminder_says_it,
    "due_correction": correction_says_it,
    "instalment_reminder": instalment_says_it,
    **dict.fromkeys(
        (
            "incident_opened",
            "incident_followup",
            "incident_last_call",
            "incident_handed_over",
            "notice_served",
            "writ_served",
        ),
        debt_says_it,
    ),
    **dict.fromkeys(("incident_paid", "incident_cancelled"), debt_is_gone),
    **dict.fromkeys(("plan_accepted", "plan_mended"), plan_runs),
    **dict.fromkeys(("plan_received", "plan_resumed", "plan_incomplete"), plan_waits),
    "plan_countered": plan_is_countered,
    **dict.fromkeys(("plan_refused", "plan_lapsed", "plan_unneeded", "plan_kept"), plan_is_gone),
    **dict.fromkeys(("appointment_booked", "appointment_moved", "appointment_reminder"), appointment_stands),
    **dict.fromkeys(("appointment_offer", "appointment_again", "appointment_nudge"), appointment_is_offered),
    "appointment_cancelled": appointment_is_gone,
    **dict.fromkeys(("exit_notice", "exit_reminder", "extended"), end_is_the_same),
}


def instalments(seen: Overview) -> list[InstalmentLine]:
    return [it for plan in seen.plans for it in plan.instalments]


def calendar_says_the_same(life: Told, seen: Overview) -> None:
    policy = life.rulebook.world(life.journey, life.now).current
    siren = life.journey.siren
    written = feed(NAME, marks(seen, siren, policy.calendar), booked(seen, policy, HOSTS), life.now)
    entries = Calendar.from_ical(written).walk("VEVENT")
    assert len({str(it["uid"]) for it in entries}) == len(entries)
    found = sorted((day(it.decoded("dtstart")), str(it["summary"])) for it in entries)
    expected = [(it.due_on, f"Urssaf : {WHAT[it.asks]}, {it.label}") for it in seen.ahead if it.asks]
    done = [it for it in found if it[1].endswith((" (payé)", " (rien à payer)", " (déclaré)"))]
    expected += [
        (it.due_on, f"Urssaf : échéance {it.number} de votre délai de paiement") for it in instalments(seen) if it.left
    ]
    expected += [
        (it.slot.starts_at.astimezone(PARIS).date(), f"Rendez-vous {policy.name}")
        for it in seen.appointments
        if it.slot
    ]
    expected += [(seen.ends_on, "Fin de votre parcours attentionné")] if seen.is_open else []
    assert [it for it in found if it not in done] == sorted(expected)
    assert b",00" not in written


WHAT = {"both": "DSN et paiement", "payment": "Paiement", "declaration": "DSN"}


def day(at: date | datetime) -> date:
    return at.astimezone(PARIS).date() if isinstance(at, datetime) else at


def forecast_says_the_same(seen: Overview, ahead: tuple[Upcoming, ...]) -> None:
    """What will be told is what the pages say now, as long as nothing else comes in between."""
    lines: dict[str, DueLine] = {it.subject: it for it in seen.ahead if it.asks}
    horizon = max((it.due_on for it in seen.ahead), default=date.min)
    for step in ahead:
        if not isinstance(step.effect, SendMessage):
            continue
        facts, subject = step.effect.facts, step.effect.subject
        if step.effect.template == "due_reminder" and facts["due_on"] <= horizon:
            line = lines[subject]
            assert (line.due_on, line.asks) == (facts["due_on"], facts["subject_kind"])
            assert line.asks == "declaration" or line.left == facts["amount"]
            reminder = seen.reminders[subject]
            assert (reminder.state, reminder.at, reminder.channels) == (
                (ReminderState.EXPECTED, step.at, step.channels)
                if step.channels
                else (ReminderState.WITHHELD, None, ())
            )
        if step.effect.template == "instalment_reminder":
            # Of a plan that the organisation's policy will accept by itself nothing is said yet (PLN-4).
            running = [it for it in instalments(seen) if it.plan == facts["plan"]]
            said = [(it.due_on, it.left) for it in running if it.subject == subject]
            assert said == ([(facts["due_on"], facts["amount"])] if running else [])
        if step.effect.template == "appointment_reminder":
            appointment_stands(facts, seen, step.effect)


def agenda_says_it(life: Told, seen: Overview, text: str) -> None:
    for it in seen.ahead:
        assert jour_mail(it.due_on).replace("\u00a0", " ") in text
    for subject, reminder in seen.reminders.items():
        left = [row for row in life.letters if row.subject == subject and row.status == "sent"]
        assert (reminder.state is ReminderState.LEFT) is bool(left)
    amounts = {money(text) for text in MONEY.findall(text)}
    owed = {it.left for it in (*seen.ahead, *seen.debts, *instalments(seen))}
    agreed = {it.amount for it in (*seen.ahead, *instalments(seen))} | {it.beyond for it in seen.plans}
    drawn = {it.amount for plan in seen.plans if not plan.is_running for it in (*plan.drawn, *plan.counter)}
    served = {it.served.amount for it in seen.debts if it.served}
    assert amounts <= owed | agreed | drawn | served
    planned = {(plan.account, plan.period) for plan in seen.plans if plan.is_running}
    for it in seen.ahead:
        if (it.account, it.period) in planned:
            assert it.asks in (None, "declaration")


def money(text: str) -> Decimal:
    return Decimal(text.replace(" ", "").replace(",", "."))


Act = Callable[[Told, str, str, str], object]


def ask(life: Told, at: str, what: Ask, **data: Any) -> Reply:
    return life.ask(at, what, note="n", **data)


def plan_asked(life: Told, at: str, account: str, period: str) -> None:
    seen = life.seen
    left = next((it.left for it in (*seen.debts, *seen.ahead) if it.key == f"{account}/{period}"), None) or Decimal(900)
    today = life.now.astimezone(PARIS).date()
    parts = [left // 3, left // 3, left - 2 * (left // 3)]
    rows = [{"due_on": f"{today + timedelta(days=30 * n)}", "amount": f"{it}"} for n, it in enumerate(parts, 1) if it]
    ask(life, at, Ask.PLAN, account=account, period=period, instalments=rows)


def decided(decision: str) -> Act:
    def decide(life: Told, at: str, _account: str, _period: str) -> None:
        waiting = [it for it in life.journey.plans.values() if it.is_pending]
        if waiting:
            plan, today = waiting[-1], life.now.astimezone(PARIS).date()
            counter = [{"due_on": f"{today + timedelta(days=40)}", "amount": f"{plan.debt}"}]
            rows = counter if decision == "counter" else []
            ask(life, at, Ask.DECIDE_PLAN, plan=plan.id, decision=decision, instalments=rows)

    return decide


def replied(life: Told, at: str, _account: str, _period: str) -> None:
    for plan in [it for it in life.journey.plans.values() if it.counter][-1:]:
        ask(life, at, Ask.REPLY_TO_PLAN, plan=plan.id, accepted=True)


def paid_now(amount: str) -> Act:
    def pay(life: Told, at: str, account: str, period: str) -> None:
        facts = stamp(at)
        life.tell(
            PaymentReceived(
                **facts, account=account, period=period, amount=Decimal(amount), received_on=facts["at"].date()
            )
        )

    return pay


def incident(kind: str) -> Act:
    def detect(life: Told, at: str, account: str, period: str) -> None:
        amount = None if kind in ("undeclared", "dsn_technical") else Decimal(800)
        due_on = date.fromisoformat(PERIODS[period])
        life.tell(
            IncidentDetected(
                **stamp(at),
                account=account,
                period=period,
                kind=kind,
                amount=amount,
                employee_share=None,
                due_on=due_on,
            )
        )

    return detect


def served(life: Told, at: str, account: str, period: str) -> None:
    on = date.fromisoformat(at[:10])
    life.tell(
        RecoveryServed(
            **stamp(at),
            stage=Stage.NOTICE,
            account=account,
            period=period,
            amount=Decimal(850),
            served_on=on,
            reply_by=on + timedelta(days=30),
        )
    )


def booked_now(life: Told, at: str, _account: str, _period: str) -> None:
    for it in [it for it in life.journey.appointments.values() if it.is_offered][:1]:
        life.ask(at, Ask.BOOK, appointment=it.id, slot=life.free[-1].id, format="phone")


def moved(what: Ask) -> Act:
    def move(life: Told, at: str, _account: str, _period: str) -> None:
        for it in [it for it in life.journey.appointments.values() if it.is_booked][:1]:
            more = {"slot": life.free[0].id} if what is Ask.RESCHEDULE else {}
            life.ask(at, what, appointment=it.id, **more)

    return move


def preferring(*opt_outs: str) -> Act:
    return lambda life, at, _account, _period: life.tell(PreferencesChosen(**stamp(at), opt_outs=opt_outs))


ACTS: dict[str, Act] = {
    "due": lambda life, at, account, period: life.tell(due(at, period, PERIODS[period], "900", account)),
    "amount corrected": lambda life, at, account, period: life.tell(due(at, period, PERIODS[period], "1200", account)),
    "date corrected": lambda life, at, account, period: life.tell(
        due(at, period, f"{date.fromisoformat(PERIODS[period]) + timedelta(days=7)}", "900", account)
    ),
    "nothing due": lambda life, at, account, period: life.tell(due(at, period, PERIODS[period], "0", account)),
    "part": paid_now("200"),
    "all": paid_now("900"),
    "unpaid": incident("unpaid"),
    "undeclared": incident("undeclared"),
    "partial": incident("partial_payment"),
    "rejected": incident("debit_rejected"),
    "cancelled": lambda life, at, account, period: life.tell(
        IncidentCancelled(**stamp(at), account=account, period=period, reason="erreur")
    ),
    "declared": lambda life, at, account, period: life.tell(
        DeclarationReceived(**stamp(at), account=account, period=period, received_on=date.fromisoformat(at[:10]))
    ),
    "notice": served,
    "difficulty": lambda life, at, account, period: ask(life, at, Ask.DIFFICULTY, account=account, period=period),
    "plan": plan_asked,
    "accepted": decided("accept"),
    "refused": decided("refuse"),
    "countered": decided("counter"),
    "replied": replied,
    "appointment": lambda life, at, _account, _period: life.ask(at, Ask.APPOINTMENT, kind="other"),
    "booked": booked_now,
    "moved": moved(Ask.RESCHEDULE),
    "given up": moved(Ask.CANCEL),
    "no reminder": preferring("sms:reminder", "mail:reminder"),
    "no sms": preferring("sms:reminder"),
    "problem": lambda life, at, _account, _period: ask(life, at, Ask.PROBLEM),
    "extended": lambda life, at, _account, _period: life.ask(at, Ask.EXTEND),
    "closed": lambda life, at, _account, _period: life.tell(ended(at, CloseReason.ACCOUNT_CLOSED)),
    "procedure": lambda life, at, _account, _period: life.tell(ended(at, CloseReason.PROCEDURE)),
    "transferred": lambda life, at, _account, _period: life.tell(
        AccountTransferred(**stamp(at), account=ACCOUNT, to_organisation=RHONE, on=date.fromisoformat(at[:10]))
    ),
}
RARE = ("closed", "procedure", "transferred")

deeds = st.tuples(
    st.sampled_from([*[it for it in ACTS if it not in RARE] * 4, *RARE]),
    st.integers(1, 16),
    st.sampled_from([ACCOUNT, ACCOUNT, ACCOUNT, OTHER]),
    st.sampled_from([*PERIODS, "2026-10", "2026-10"]),
)


def spoken_of(period: str, quarterly: bool) -> str:
    """Urssaf's systems speak to a payer of its quarters or of its months, not of both."""
    if quarterly:
        return "2026-Q4" if period.startswith("2026") else period
    return "2026-12" if period == "2026-Q4" else period


@settings(max_examples=20, deadline=None)
@given(st.lists(deeds, min_size=3, max_size=14), st.booleans(), st.booleans())
def test_at_any_instant_pages_calendars_forecast_and_letters_say_the_same(
    happenings: list[tuple[str, int, str, str]], quarterly: bool, accountant: bool
) -> None:
    life = Told(opened("2026-10-01", organisation=IDF, quarterly=quarterly, accountant=accountant))
    on = date(2026, 10, 5)
    for name, days, account, period in happenings:
        on += timedelta(days=days)
        life.until(f"{on} 11:00")
        ACTS[name](life, f"{on} 11:00", account, spoken_of(period, quarterly))
        life.compare()
    life.until(f"{on + timedelta(days=45)} 11:00")


def test_each_act_is_tried_by_a_life_and_nothing_contradicts() -> None:
    life = Told(opened("2026-10-01", organisation=IDF))
    for number, name in enumerate(ACTS):
        ACTS[name](life, f"{date(2026, 10, 5) + timedelta(days=number)} 11:00", ACCOUNT, "2026-10")
        life.compare()
    assert life.letters
