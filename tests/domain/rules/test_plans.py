import pytest

from domain.cases import IncidentStatus, PlanStatus
from domain.requests import Ask, Request
from domain.state import CloseReason
from tests.domain.rules.happenings import due, ended, instant, opened, paid
from tests.domain.rules.life import Life
from tests.domain.rules.planning import (
    PERIOD,
    THREE,
    ask,
    cancelled,
    decide,
    firm,
    incident,
    plan,
    request,
    rows,
    told,
    worked,
)


def test_a_request_is_acknowledged_at_once_with_the_hour_of_the_answer() -> None:
    life = firm()
    answer = ask(life, "2026-12-05 21:12")
    assert (answer.status, answer.data["answer_by"]) == (201, "2026-12-08T21:12:00+01:00")
    assert told(life) == [("2026-12-05 21:12", "plan_received")]
    facts = life.messages("PLN")[0].facts
    assert (str(facts["answer_on"]), facts["answer_hour"], facts["amount"]) == ("2026-12-08", "21 h 12", 900)


def test_a_request_may_come_after_the_due_date_for_what_an_incident_says_is_missing() -> None:
    life = firm().tell(incident("2026-12-17", "640"))
    assert "la dette, 640,00 €" in ask(life, "2026-12-18", [("2027-01-15", "900")]).detail
    assert ask(life, "2026-12-18", [("2027-01-15", "640")]).status == 201


def test_a_request_may_come_once_recovery_has_taken_over() -> None:
    life = firm().tell(incident("2026-12-17", "640")).until("2027-03-01")
    assert [it.status for it in life.journey.incidents.values()] == [IncidentStatus.HANDED_OVER]
    assert ask(life, "2027-03-01", [("2027-04-15", "640")]).status == 201
    decide(life, "2027-03-02", "accept")
    assert [it.status for it in life.journey.incidents.values()] == [IncidentStatus.PLANNED]


def test_a_request_for_a_period_nobody_stated_is_taken_at_its_word() -> None:
    life = Life(opened("2026-11-02"))
    assert ask(life, "2026-11-10").status == 201
    assert plan(life).debt == 900


@pytest.mark.parametrize(
    ("instalments", "words"),
    [
        ([], "au moins une échéance"),
        ([("2026-12-15", "0"), ("2027-01-15", "900")], "montant positif"),
        ([("2026-12-15", "300"), ("2027-01-15", "500")], "doit égaler la dette, 900,00 €"),
        ([("2026-12-04", "400"), ("2027-01-15", "500")], "dates à venir"),
        ([("2027-01-15", "400"), ("2026-12-15", "500")], "dates à venir"),
        ([("2027-01-15", "400"), ("2027-01-15", "500")], "dates à venir"),
        ([("2026-12-15", "400"), ("2027-12-08", "500")], "jusqu'au 07/12/2027"),
    ],
)
def test_what_cannot_be_a_plan_is_refused_with_what_to_do(instalments: list[tuple[str, str]], words: str) -> None:
    life = firm()
    answer = ask(life, "2026-12-07", instalments)
    assert answer.status == 409
    assert words in answer.detail
    assert not life.journey.plans


def test_a_debt_has_one_plan_at_a_time() -> None:
    life = firm()
    ask(life, "2026-12-07")
    assert (ask(life, "2026-12-07 11:00").status, len(life.journey.plans)) == (409, 1)
    decide(life, "2026-12-08", "accept")
    assert "court déjà" in ask(life, "2026-12-09").detail


def test_a_paid_period_needs_no_plan() -> None:
    life = firm().tell(paid("2026-12-04", PERIOD, "900"))
    assert "rien à payer" in ask(life, "2026-12-07").detail


def test_an_unknown_plan_is_said_so() -> None:
    life = firm()
    assert request(life, "2026-12-07", Ask.PIECE_RECEIVED, plan="nobody", by="alice.martin").status == 404
    assert request(life, "2026-12-07", Ask.MISSING_PIECE, plan="nobody", piece="accounts", by="a").status == 404
    assert request(life, "2026-12-07", Ask.DECIDE_PLAN, plan="nobody", decision="accept", by="a").status == 404
    assert request(life, "2026-12-07", Ask.REPLY_TO_PLAN, plan="nobody", accepted=True, by="a").status == 404


def test_the_same_request_twice_is_one_plan_and_one_answer() -> None:
    life = firm().until("2026-12-07")
    data = {"period": PERIOD, "instalments": rows(THREE), "note": None, "by": "accountant"}
    first, second = (life.take_step(Request("once", Ask.PLAN, data))["once"] for _ in range(2))
    assert first == second
    assert len(life.journey.plans) == 1


def test_the_employee_share_comes_first_and_its_payment_starts_the_clock_again() -> None:
    life = firm().tell(incident("2026-12-17", "900", share="500"))
    answer = ask(life, "2026-12-18", [("2027-01-15", "300"), ("2027-02-15", "600")])
    assert answer.data["missing"] == ["employee_share"]
    assert plan(life).status is PlanStatus.INCOMPLETE
    assert told(life) == [("2026-12-18 10:00", "plan_incomplete")]
    facts = life.messages("PLN")[0].facts
    assert (facts["share_amount"], facts["covered_amount"]) == (500, 300)
    life.until("2026-12-28")
    assert worked(life) == []
    life.tell(paid("2026-12-28 15:00", PERIOD, "500"))
    assert plan(life).status is PlanStatus.REQUESTED
    assert told(life)[1:] == [("2026-12-28 15:00", "plan_resumed")]
    assert life.journey.commitments[f"plan_answer:{plan(life).id}"].due_at == instant("2026-12-31 15:00")


def test_a_first_instalment_that_pays_the_employee_share_is_enough() -> None:
    life = firm().tell(incident("2026-12-17", "900", share="300"))
    assert ask(life, "2026-12-18", [("2027-01-15", "300"), ("2027-02-15", "600")]).data["missing"] == []


def test_a_missing_declaration_is_asked_for_until_its_incident_is_taken_back() -> None:
    life = firm().tell(incident("2026-12-17", None, "undeclared"))
    assert ask(life, "2026-12-18", [("2027-01-15", "900")]).data["missing"] == ["declaration"]
    life.tell(cancelled("2026-12-21"))
    assert plan(life).status is PlanStatus.REQUESTED


def test_an_agent_s_piece_stops_the_clock_across_a_change_of_hour() -> None:
    life = Life(opened("2027-01-04"))
    ask(life, "2027-03-25 10:00", [("2027-05-17", "900")], "2027-01")
    data = {"plan": plan(life).id, "by": "alice.martin"}
    request(life, "2027-03-26 10:00", Ask.MISSING_PIECE, piece="accounts", **data)
    assert request(life, "2027-03-26 11:00", Ask.MISSING_PIECE, piece="divination", **data).status == 409
    assert request(life, "2027-03-30 10:00", Ask.PIECE_RECEIVED, **data).status == 200
    assert request(life, "2027-03-30 11:00", Ask.PIECE_RECEIVED, **data).status == 409
    assert life.journey.commitments[f"plan_answer:{plan(life).id}"].due_at == instant("2027-04-01 10:00")
    assert [template for _, template in told(life)] == ["plan_received", "plan_incomplete", "plan_resumed"]


def test_pieces_may_come_one_by_one() -> None:
    life = firm()
    ask(life, "2026-12-07")
    data = {"plan": plan(life).id, "by": "alice.martin"}
    for piece in ("accounts", "mandate"):
        request(life, "2026-12-07 11:00", Ask.MISSING_PIECE, piece=piece, **data)
    assert request(life, "2026-12-08 10:00", Ask.PIECE_RECEIVED, piece="cash_forecast", **data).status == 409
    assert "mandat" in request(life, "2026-12-08 11:00", Ask.PIECE_RECEIVED, piece="accounts", **data).detail
    assert plan(life).missing == ("mandate",)
    assert "answer_by" in request(life, "2026-12-09 11:00", Ask.PIECE_RECEIVED, piece="mandate", **data).data


def test_paying_everything_before_the_answer_ends_the_request_kindly() -> None:
    life = firm()
    ask(life, "2026-12-07")
    life.tell(paid("2026-12-08", PERIOD, "900")).until("2026-12-20")
    assert (plan(life).status, plan(life).withdrawn) == (PlanStatus.REFUSED, "paid")
    assert told(life)[1:] == [("2026-12-08 10:00", "plan_unneeded")]
    assert decide(life, "2026-12-21", "accept").status == 409


def test_a_collective_procedure_ends_the_request_in_silence() -> None:
    life = firm()
    ask(life, "2026-12-07")
    life.tell(ended("2026-12-08", CloseReason.PROCEDURE)).until("2026-12-20")
    assert plan(life).withdrawn == "procedure"
    assert [template for _, template in told(life)] == ["plan_received"]
    assert life.journey.commitments[f"plan_answer:{plan(life).id}"].breached_at is None


def test_a_request_acknowledged_then_paid_before_any_word_on_its_incident_is_told_to_be_needless() -> None:
    life = firm().tell(incident("2026-12-19 09:00", "900"))
    ask(life, "2026-12-19", [("2027-01-15", "900")])
    life.tell(paid("2026-12-20", PERIOD, "900")).until("2027-01-20")
    assert told(life) == [("2026-12-19 10:00", "plan_received"), ("2026-12-21 08:30", "plan_unneeded")]
    assert not life.messages("INC-7")


def test_a_request_after_a_cancelled_incident_is_told_to_be_needless_once_paid() -> None:
    life = firm().tell(incident("2026-12-17", "900"), cancelled("2026-12-18"))
    ask(life, "2026-12-21", [("2027-01-15", "900")])
    life.tell(paid("2026-12-22", PERIOD, "900")).until("2027-01-20")
    assert [template for _, template in told(life)] == ["plan_received", "plan_unneeded"]


def test_a_request_whose_incident_ends_paid_is_told_by_that_end_alone_even_when_it_opens_again() -> None:
    life = firm().tell(incident("2026-12-17", "900"))
    ask(life, "2026-12-18", [("2027-01-15", "900")])
    life.tell(paid("2026-12-21", PERIOD, "900"), incident("2027-02-01", "50")).until("2027-02-10")
    assert [template for _, template in told(life)] == ["plan_received"]
    assert [m.template for m in life.messages("INC-7")] == ["incident_paid"]


def test_a_cancelled_incident_ends_the_request_it_made() -> None:
    life = firm().tell(incident("2026-12-17", "900"))
    ask(life, "2026-12-18", [("2027-01-15", "900")])
    life.tell(cancelled("2026-12-18 16:00")).until("2027-01-20")
    assert plan(life).withdrawn == "cancelled"
    assert [template for _, template in told(life)] == ["plan_received"]


def test_a_period_covered_by_a_plan_is_neither_reminded_nor_corrected() -> None:
    life = firm()
    ask(life, "2026-12-07")
    decide(life, "2026-12-08", "accept")
    life.tell(due("2026-12-09", PERIOD, "2026-12-16", "900")).until("2026-12-31")
    assert not [m for m in life.messages("REM") if m.facts.get("contribution", "").endswith(PERIOD)]
    assert ("2026-12-11", "Pas de rappel pour novembre 2026 : un délai de paiement accordé remplace l'échéance") in [
        (on, words) for on, words in life.skips("REM-3")
    ]


def test_a_request_not_yet_answered_leaves_the_reminder() -> None:
    life = firm()
    ask(life, "2026-12-10", [("2026-12-21", "900")])
    life.until("2026-12-12")
    assert [m for m in life.messages("REM-2") if m.facts["contribution"].endswith(PERIOD)]
