"""INC-3: calls that reach nobody are tried again, then give way to a letter."""

import ast
from datetime import date
from pathlib import Path

import pytest

from db.codec import dump_journey, load_journey
from domain import effects
from domain.cases import Stage
from domain.requests import Ask
from domain.rules.calls import Unfit, why_not_again
from domain.rules.incidents import NAMES
from domain.words import capital
from tests.domain.rules.happenings import PARIS, opened, paid
from tests.domain.rules.incident_life import (
    DETECTED_ON,
    PERIOD,
    ask,
    ask_for_plan,
    detected,
    done,
    served,
    unpaid,
    young,
)
from tests.domain.rules.life import Life


def calls(life: Life) -> list[str]:
    return [it.key for it in life.tasks("INC-3")]


@pytest.mark.parametrize("outcome", ["message_left", "unreachable"])
def test_a_call_that_reached_nobody_is_tried_again_the_next_half_day(outcome: str) -> None:
    life = unpaid()
    life.tell(done("2026-11-18 11:00", calls(life)[0], outcome))
    life.tell(done("2026-11-18 16:00", calls(life)[1], outcome))
    due = [f"{it.due_at.astimezone(PARIS):%Y-%m-%d %H:%M}" for it in life.tasks("INC-3")[1:]]
    assert due == ["2026-11-18 18:30", "2026-11-19 12:00"]


def test_after_three_attempts_the_call_ends_says_so_and_a_letter_goes() -> None:
    life = unpaid()
    for rank, at in enumerate(("2026-11-18 11:00", "2026-11-18 16:00", "2026-11-19 11:00")):
        life.tell(done(at, calls(life)[rank], "message_left"))
    life.until("2026-11-30")
    assert len(calls(life)) == 3
    assert [it.template for it in life.messages("INC-3")] == ["call_missed"]
    assert ("2026-11-19", "Appel terminé après 3 tentatives : une lettre part") in life.skips("INC-3")


def test_a_call_that_reached_somebody_is_over() -> None:
    life = unpaid()
    life.tell(done("2026-11-18 11:00", calls(life)[0], "reached")).until("2026-11-30")
    assert len(calls(life)) == 1


def test_nobody_is_called_again_about_what_is_paid() -> None:
    life = unpaid()
    life.tell(paid("2026-11-18 10:30", PERIOD, "1000"), done("2026-11-18 11:00", calls(life)[0], "unreachable"))
    assert len(calls(life)) == 1


def test_no_call_is_opened_for_an_enterprise_without_number() -> None:
    life = Life(opened("2026-10-01", has_phone=False)).tell(detected())
    life.tell(served("2026-11-20", "2026-12-20", Stage.NOTICE)).until("2026-12-01")
    assert not calls(life)
    assert not life.tasks("INC-10")
    assert life.messages("INC-2")


def test_the_first_call_is_due_in_two_working_days() -> None:
    [call] = unpaid().tasks("INC-3")
    assert (DETECTED_ON, call.due_at.date()) == ("2026-11-18", date(2026, 11, 20))


@pytest.mark.parametrize(
    ("kind", "said", "unsaid"),
    [
        ("unpaid", "si le paiement est déjà parti", "SEPA"),
        ("debit_rejected", "mandat SEPA interentreprises", "déclaration"),
        ("partial_payment", "ce qui explique l'écart", "SEPA"),
        ("undeclared", "ce qui bloque la déclaration", "payer maintenant"),
        ("dsn_technical", "déposer de nouveau la DSN", "payer maintenant"),
    ],
)
def test_the_call_sheet_speaks_of_the_kind_of_incident_that_happened(kind: str, said: str, unsaid: str) -> None:
    life = young().tell(detected(kind=kind))
    [first] = life.tasks("INC-3")
    life.tell(done("2026-11-18 11:00", first.key, "message_left"))
    for call in life.tasks("INC-3"):
        text = "\n".join(call.guidance)
        assert said in text
        assert unsaid not in text
        assert capital(NAMES[kind]) in text


def test_the_call_sheet_of_an_announced_difficulty_thanks_for_it() -> None:
    life = young()
    ask(life, "2026-11-17 09:00", Ask.DIFFICULTY, period=PERIOD)
    [call] = life.tasks("INC-3")
    assert "Difficulté annoncée pour octobre 2026, première difficulté en 6 mois" in call.guidance
    assert "Remercier d'avoir prévenu" in "\n".join(call.guidance)


def test_the_call_sheet_says_which_time_it_is_and_for_which_account() -> None:
    other = "117000001111111112"
    life = Life(opened("2026-04-01")).tell(
        detected("2026-06-18", period="2026-05", due_on=date(2026, 6, 15)), detected(account=other)
    )
    first, second = life.tasks("INC-3")
    assert "première difficulté en 6 mois" in first.guidance[0]
    assert "2e difficulté en 6 mois" in second.guidance[0]
    assert f"compte {other}" in second.summary


def test_the_call_sheet_tells_of_a_plan_that_is_asked_for() -> None:
    life = unpaid()
    ask_for_plan(life, "2026-11-18 10:00", ("2026-12-15", "500"), ("2027-01-15", "500"))
    life.tell(done("2026-11-18 11:00", calls(life)[0], "message_left"))
    text = "\n".join(life.tasks("INC-3")[-1].guidance)
    assert "Un délai de paiement est demandé" in text
    assert "payer maintenant" not in text


def test_every_task_says_what_to_do() -> None:
    domain = Path(effects.__file__).parent
    asked = {
        (path.name, node.lineno): {it.arg for it in node.keywords}
        for path in domain.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "OpenTask"
    }
    assert len(asked) > 20
    assert [where for where, said in asked.items() if "guidance" not in said] == []


def test_the_call_sheet_says_until_when_majorations_can_be_avoided() -> None:
    line = "Payé, ou un délai signé, le 16/12/2026 au plus tard : les majorations peuvent être évitées"
    assert line in unpaid().tasks("INC-3")[0].guidance
    earlier = detected("2026-10-20", period="2026-08", due_on=date(2026, 9, 15))
    late = Life(opened("2026-08-01")).tell(earlier, detected())
    assert not [it for it in late.tasks("INC-3")[1].guidance if "majorations" in it]


def test_the_last_follow_up_says_what_can_still_be_avoided() -> None:
    life = unpaid().until("2026-12-17")
    [last] = [it.summary for it in life.messages("INC-5") if it.template == "incident_last_call"]
    assert last == (
        "Dernière relance pour octobre 2026 : jusqu'au 16/12/2026, les majorations peuvent encore être évitées"
    )


def test_a_call_is_tried_again_when_the_agent_chose_and_the_next_one_as_usual() -> None:
    life = unpaid()
    life.tell(done("2026-11-18 11:00", calls(life)[0], "message_left", again_by="2026-11-24 12:00"))
    life.tell(done("2026-11-24 10:00", calls(life)[1], "unreachable"))
    due = [f"{it.due_at.astimezone(PARIS):%Y-%m-%d %H:%M}" for it in life.tasks("INC-3")[1:]]
    assert due == ["2026-11-24 12:00", "2026-11-24 18:30"]


@pytest.mark.parametrize(
    ("outcome", "on", "half", "unfit"),
    [
        ("message_left", "2026-11-24", "morning", None),
        ("unreachable", "2026-11-18", None, None),
        ("unreachable", "2026-12-18", None, None),
        ("reached", "2026-11-24", None, Unfit.NOT_A_CALL),
        ("message_left", "2026-11-17", None, Unfit.PAST),
        ("message_left", "2026-11-18", "morning", Unfit.PAST),
        ("message_left", "2026-11-21", None, Unfit.NOT_WORKED),
        ("message_left", "2026-12-25", None, Unfit.TOO_FAR),
        ("message_left", "2026-12-20", None, Unfit.TOO_FAR),
    ],
)
def test_a_day_to_call_again_is_a_working_one_ahead_within_thirty_days(
    outcome: str, on: str, half: str | None, unfit: Unfit | None
) -> None:
    life = unpaid().until("2026-11-18 14:00")
    world = life.rulebook.world(life.journey, life.now)
    assert why_not_again(life.journey, calls(life)[0], outcome, date.fromisoformat(on), half, world) is unfit


def test_no_day_is_chosen_after_the_last_attempt_nor_for_a_call_without_object() -> None:
    life, on = unpaid(), date(2026, 11, 24)
    for rank, at in enumerate(("2026-11-18 11:00", "2026-11-18 16:00")):
        life.tell(done(at, calls(life)[rank], "message_left"))
    world = life.rulebook.world(life.journey, life.now)
    assert why_not_again(life.journey, calls(life)[2], "unreachable", on, None, world) is Unfit.LAST
    life.tell(paid("2026-11-19", PERIOD, "1000"))
    assert why_not_again(life.journey, calls(life)[2], "unreachable", on, None, world) is Unfit.NOT_A_CALL


def test_what_was_chosen_for_a_call_is_stored_with_the_journey() -> None:
    life = unpaid()
    life.tell(done("2026-11-18 11:00", calls(life)[0], "message_left", again_by="2026-11-24 12:00"))
    assert load_journey(dump_journey(life.journey)).calls == life.journey.calls


def test_an_enterprise_without_number_is_written_to_and_never_called() -> None:
    life = Life(opened("2026-10-01", has_phone=False, headcount=12)).until("2026-11-17 08:00").tell(detected())
    life.to_the_end()
    kinds = {it.rule: it.task for it in life.tasks()}
    assert "call" not in kinds.values()
    assert (kinds["THR-1"], kinds["APT-4"]) == ("letter", "letter")
    [silent, *_] = life.tasks("APT-4")
    assert silent.summary.startswith("Écrire à l'entreprise, sans numéro connu : ")
    assert silent.guidance[0].startswith("Aucun numéro de téléphone n'est connu")
    assert not life.tasks("REM-5")


def test_an_enterprise_with_a_number_is_called() -> None:
    life = Life(opened("2026-10-01", headcount=12)).to_the_end()
    kinds = {it.rule: it.task for it in life.tasks()}
    assert (kinds["THR-1"], kinds["APT-4"], kinds["REM-5"]) == ("call", "call", "call")


def test_an_accountant_is_called_whether_or_not_the_enterprise_has_a_number() -> None:
    earlier = detected("2026-06-18", period="2026-05", due_on=date(2026, 6, 15))
    life = Life(opened("2026-04-01", has_phone=False, accountant=True)).tell(earlier, detected())
    assert [it.task for it in life.tasks("INC-4")] == ["call"]
