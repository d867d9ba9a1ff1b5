"""ENR-5: details corrected by the enterprise, its accountant or an agent."""

from __future__ import annotations

from typing import Any

import pytest

from domain.effects import CloseTask, Publish
from domain.facts import AddressesProposed, AddressFailed, ChannelRefused, ContactCorrected
from domain.messages import Recipient, intentions
from domain.state import Channel, Health
from tests.domain.rules.happenings import confirmed, opened, stamp
from tests.domain.rules.life import Life

MAIL, SMS = Channel.MAIL, Channel.SMS


def corrected(at: str, *channels: Channel, by: str = "alice.martin", proven: bool = False, **known: Any) -> Any:
    usual = {"has_mail": True, "has_phone": True}
    return ContactCorrected(**stamp(at), **(usual | known), by=by, channels=channels, proven=proven)


def published(life: Life) -> list[Publish]:
    return [it.effect for it in life.happened if isinstance(it.effect, Publish) and it.effect.rule == "ENR-5"]


@pytest.mark.parametrize(
    ("by", "told"), [("alice.martin", "agent"), ("enterprise", "enterprise"), ("accountant", "accountant")]
)
def test_a_correction_is_told_once_to_urssafs_systems_and_at_the_new_address(by: str, told: str) -> None:
    life = Life(opened("2026-11-02")).tell(corrected("2026-11-07 20:30", MAIL, by=by)).until("2026-11-11")
    [event] = published(life)
    assert (event.type, event.data) == ("contact.corrected", {"by": told, "channels": ["mail"], "confirmed": False})
    [letter] = life.messages("ENR-5")
    assert (letter.template, letter.channels, letter.immediate) == ("contact_corrected", (MAIL,), True)
    assert not life.journey.corrections


def test_an_agents_correction_ends_the_search_and_asks_the_address_to_confirm() -> None:
    life = Life(opened("2026-11-02")).until("2026-11-25")
    [task] = life.tasks("ENR-5")
    life.tell(corrected("2026-11-25 11:00", MAIL))
    ended = [line for line in life.lines if isinstance(line, CloseTask)]
    ended += [it.effect for it in life.happened if isinstance(it.effect, CloseTask)]
    assert [(it.key, it.why) for it in ended if it.key == task.key] == [(task.key, "coordonnées corrigées")]
    assert life.journey.confirmed_at is None
    life.tell(confirmed("2026-11-26"))
    assert life.journey.confirmed_at is not None


def test_details_corrected_are_neither_reminded_nor_searched_for() -> None:
    life = Life(opened("2026-11-02")).tell(corrected("2026-11-05", MAIL)).until("2026-12-15")
    assert [it.template for it in life.messages("ENR-5")] == ["contact_corrected"]
    assert not life.tasks("ENR-5")


def test_what_a_code_proved_is_confirmed() -> None:
    life = Life(opened("2026-11-02")).tell(corrected("2026-11-05", SMS, by="enterprise", proven=True))
    assert life.journey.confirmed_at is not None
    assert life.messages("ENR-5")[0].facts["proven"] is True


def test_a_confirmation_of_the_details_before_says_nothing_of_the_new_ones() -> None:
    correction, before = corrected("2026-11-06", MAIL), confirmed("2026-11-05")
    late = Life(opened("2026-11-02")).tell(correction).tell(before)
    in_order = Life(opened("2026-11-02")).tell(before).tell(correction)
    assert late.journey.confirmed_at is in_order.journey.confirmed_at is None


def test_a_stop_and_a_failure_stay_with_the_address_that_stays() -> None:
    life = Life(opened("2026-11-02"))
    life.tell(ChannelRefused(**stamp("2026-11-03"), channel=SMS), AddressFailed(**stamp("2026-11-03"), channel=MAIL))
    life.tell(corrected("2026-11-04", MAIL))
    assert (life.journey.mail, life.journey.sms) == (Health.OK, Health.REFUSED)


def test_an_unreachable_enterprise_is_reached_again() -> None:
    life = Life(opened("2026-11-02", has_phone=False))
    life.tell(AddressFailed(**stamp("2026-11-03"), channel=MAIL))
    [task] = life.tasks("ENR-5")
    life.tell(corrected("2026-11-04", MAIL, has_phone=False))
    assert life.journey.tasks[task.key].over


def test_a_code_goes_to_the_addresses_proposed_whatever_is_known_of_those_in_use() -> None:
    life = Life(opened("2026-11-02", has_phone=False))
    life.tell(AddressFailed(**stamp("2026-11-03"), channel=MAIL))
    life.tell(AddressesProposed(**stamp("2026-11-04 21:00"), channels=(SMS, MAIL)))
    [letter] = [it for it in life.messages("ENR-5") if it.template == "contact_code"]
    rows = intentions(letter, life.journey)
    assert [(it.channel, it.recipient, it.dropped) for it in rows] == [
        (SMS, Recipient.PROPOSED, None),
        (MAIL, Recipient.PROPOSED, None),
    ]
    assert life.journey.proposals == ()
    assert life.journey.mail is Health.BAD
