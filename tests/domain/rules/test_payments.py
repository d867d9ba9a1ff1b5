"""What of a period has really been paid, told in whatever order: one reckoning for incidents, plans and requests."""

from dataclasses import replace
from datetime import UTC

from domain.cases import IncidentStatus
from domain.facts import IncidentDetected
from domain.rules.arrears import left_to_pay
from tests.domain.rules.happenings import due, instant, paid
from tests.domain.rules.incident_life import DUE_ON, PERIOD, detected, incident, young
from tests.domain.rules.life import Life

PART = "partial_payment"


def owed(amount: str, word: IncidentDetected) -> Life:
    """A firm whose period is stated, then the word of an incident on it."""
    return young().tell(due("2026-11-10", PERIOD, DUE_ON, amount), word)


def left(life: Life) -> object:
    return left_to_pay(life.journey, incident(life))


def test_a_payment_told_without_its_time_after_the_part_payment_it_made_counts_once() -> None:
    life = owed("2000", detected(kind=PART)).tell(paid("2026-11-19", PERIOD, "1000", DUE_ON))
    assert (incident(life).status, left(life)) == (IncidentStatus.OPEN, 1000)
    assert not life.messages("INC-7")


def test_a_payment_told_without_its_time_that_the_incident_had_not_seen_ends_it() -> None:
    for known in (True, False):
        life = (owed("1000", detected()) if known else young().tell(detected())).tell(
            paid("2026-11-19", PERIOD, "1000", DUE_ON)
        )
        assert incident(life).status is IncidentStatus.PAID


def test_a_day_is_that_of_the_organisation_when_the_incident_is_detected_at_night() -> None:
    night = replace(detected(kind=PART), at=instant("2026-11-18 00:30").astimezone(UTC))
    life = owed("2000", night).tell(paid("2026-11-19", PERIOD, "1000", "2026-11-17"))
    assert left(life) == 1000
