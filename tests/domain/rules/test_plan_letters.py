"""Each letter is written from what the rules decided, as it is at the second it leaves."""

from collections.abc import Iterator
from dataclasses import replace

from activities.wording import parsed
from db.codec import jsonable
from domain.effects import SendMessage
from domain.requests import Ask
from notifications.gallery.examples import PLANS, context
from notifications.rendering import render
from tests.domain.rules.happenings import due, instant, paid
from tests.domain.rules.life import Life
from tests.domain.rules.planning import PERIOD, ask, decide, firm, incident, plan, reply, request, running

COUNTER = [("2026-12-28", "450"), ("2027-01-28", "450")]


def lives() -> Iterator[Life]:
    yield running().tell(paid("2026-12-15", PERIOD, "900")).until("2027-01-01")
    short = firm().tell(incident("2026-12-16", "900", share="500"))
    ask(short, "2026-12-17", [("2027-01-15", "400"), ("2027-02-15", "500")])
    request(short, "2026-12-17 11:00", Ask.PIECE_RECEIVED, plan=plan(short).id, by="alice.martin")
    yield short.tell(paid("2026-12-18", PERIOD, "900"))
    early = firm()
    ask(early, "2026-12-07")
    yield early.tell(paid("2026-12-08", PERIOD, "900"))
    for decision in ("refuse", "counter"):
        life = firm()
        ask(life, "2026-12-17", COUNTER)
        decide(life, "2026-12-18", decision, COUNTER)
        yield life.until("2027-01-10")
    more = running().tell(due("2026-12-10", PERIOD, "2026-12-15", "1200"))
    yield more.tell(paid("2026-12-15", PERIOD, "900")).until("2027-01-01")
    late_word = replace(paid("2026-12-21", PERIOD, "300", "2026-12-15"), at=instant("2026-12-15 09:00"))
    yield running().tell(late_word).until("2026-12-22")
    answered = firm()
    ask(answered, "2026-12-17", COUNTER)
    decide(answered, "2026-12-18", "counter", COUNTER)
    reply(answered, "2026-12-19", accepted=True)
    yield answered.until("2026-12-24")


def written(message: SendMessage) -> str:
    """What the enterprise reads, by SMS and by mail."""
    facts = parsed(jsonable(message.facts)) | {"note_text": "Parlons-en.", "days_left": 3}
    return "\n".join(render(message.template, channel, context(**facts)).text for channel in ("sms", "mail"))


LETTERS = [(it, written(it)) for life in lives() for it in life.messages("PLN")]


def texts(template: str) -> list[str]:
    return [text for message, text in LETTERS if message.template == template]


def test_every_letter_about_plans_is_written_from_what_a_rule_says() -> None:
    assert {message.template for message, _ in LETTERS} == set(PLANS)


def test_an_acknowledgement_says_when_the_answer_is_promised() -> None:
    assert "au plus tard le 10/12/2026 à 10 h 00" in texts("plan_received")[0]
    assert "jeudi 10 décembre 2026 à 10 h 00" in texts("plan_received")[0]


def test_a_missing_employee_share_is_told_with_the_two_amounts() -> None:
    (text,) = texts("plan_incomplete")
    assert "500,00 €" in text
    assert "400,00 €" in text


def test_a_counter_proposal_gives_its_dates_and_a_link_to_answer() -> None:
    assert all("lundi 28 décembre 2026 : 450,00 €" in it and "/l/reply" in it for it in texts("plan_countered"))


def test_a_refusal_gives_its_reason_and_a_way_on() -> None:
    (text,) = texts("plan_refused")
    assert "Parlons-en." in text
    assert "rendez-vous" in text


def test_thanks_for_a_plan_kept_say_that_nothing_is_left_to_do_only_when_it_is_so() -> None:
    settled, raised = texts("plan_kept")
    assert "rien d'autre à faire" in settled
    assert "rien d'autre à faire" not in raised
    assert "300,00 EUR" in raised


def test_no_letter_speaks_of_the_right_to_error() -> None:
    assert not [text for _, text in LETTERS if "droit à l'erreur" in text]
