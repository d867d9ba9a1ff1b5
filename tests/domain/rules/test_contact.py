from typing import Any

from domain.effects import SendAgain
from domain.facts import (
    AccountantChanged,
    ChannelRefused,
    ContactChanged,
    DeliveryFailed,
    DeliveryProved,
    PreferencesChosen,
)
from domain.messages import intentions
from domain.rules.appointments import has_phone
from domain.state import Channel, Health
from tests.domain.rules.happenings import opened, stamp
from tests.domain.rules.life import Life

SMS, MAIL = Channel.SMS, Channel.MAIL


def failed(at: str, channel: Channel, *tried: Channel, **changed: Any) -> DeliveryFailed:
    usual: dict[str, Any] = {"subject": "welcome", "contact_bad": True, "critical": False}
    both = {"failed": (channel,), "tried": tried or (channel,)}
    return DeliveryFailed(**stamp(at), channel=channel, **(usual | both | changed))


def moved(at: str, mail: bool = True, phone: bool = True) -> ContactChanged:
    return ContactChanged(**stamp(at), has_mail=mail, has_phone=phone)


def again(life: Life) -> list[tuple[str, Channel]]:
    return [(it.on, it.effect.channel) for it in life.of(SendAgain) if isinstance(it.effect, SendAgain)]


def test_a_hard_failure_tries_the_other_channel() -> None:
    life = Life(opened("2026-11-02")).tell(failed("2026-11-02 10:05", MAIL))
    assert life.journey.mail is Health.BAD
    assert again(life) == [("2026-11-02", SMS)]


def test_the_other_channel_waits_for_the_window_unless_the_message_is_critical() -> None:
    assert again(Life(opened("2026-11-02")).tell(failed("2026-11-02 20:00", MAIL)).until("2026-11-04")) == [
        ("2026-11-03", SMS)
    ]
    assert again(Life(opened("2026-11-02")).tell(failed("2026-11-02 20:00", MAIL, critical=True))) == [
        ("2026-11-02", SMS)
    ]


def test_the_same_failure_reported_twice_is_tried_again_once() -> None:
    life = Life(opened("2026-11-02"))
    life.tell(failed("2026-11-02 10:05", MAIL), failed("2026-11-02 10:06", MAIL)).until("2026-11-05")
    assert again(life) == [("2026-11-02", SMS)]


def test_a_phone_that_did_not_answer_is_tried_once_more_by_sms() -> None:
    life = Life(opened("2026-11-02")).tell(failed("2026-11-02 10:05", SMS, contact_bad=False, retry=SMS))
    assert life.journey.sms is Health.OK
    assert again(life) == [("2026-11-02", SMS)]


def test_an_undelivered_critical_message_becomes_a_call() -> None:
    both = {"failed": (SMS, MAIL), "tried": (SMS, MAIL), "critical": True}
    life = Life(opened("2026-11-02")).tell(failed("2026-11-02 11:00", MAIL, **both))
    assert [task.task for task in life.tasks("COM-3")] == ["call"]
    assert not again(life)


def test_a_critical_message_still_on_its_way_by_one_channel_is_no_call() -> None:
    life = Life(opened("2026-11-02")).tell(failed("2026-11-02 11:00", MAIL, SMS, MAIL, critical=True))
    assert not life.tasks("COM-3")


def test_when_no_channel_is_left_the_referent_gets_one_task() -> None:
    life = Life(opened("2026-11-02"))
    life.tell(failed("2026-11-03", MAIL), failed("2026-11-03 10:01", SMS), failed("2026-11-03 10:02", SMS))
    assert [task.task for task in life.tasks("ENR-5")] == ["contact"]


def test_an_enterprise_without_any_address_is_a_task_at_once() -> None:
    life = Life(opened("2026-11-02", has_mail=False, has_phone=False))
    assert [task.task for task in life.tasks("ENR-5")] == ["contact"]


def test_new_details_that_fail_too_are_another_task() -> None:
    life = Life(opened("2026-11-02", has_mail=False, has_phone=False))
    life.tell(moved("2026-11-10", phone=False), failed("2026-11-11", MAIL, subject="due"))
    assert len(life.tasks("ENR-5")) == 2


def test_new_details_are_confirmed_details() -> None:
    life = Life(opened("2026-11-02")).tell(moved("2026-11-10")).until("2026-12-01")
    assert not life.messages("ENR-5")


def test_a_delivery_proves_that_an_address_works_again() -> None:
    life = Life(opened("2026-11-02")).tell(failed("2026-11-03", MAIL))
    life.tell(DeliveryProved(**stamp("2026-11-04"), channel=MAIL))
    assert life.journey.mail is Health.OK


def test_an_old_failure_says_nothing_of_newer_details() -> None:
    life = Life(opened("2026-11-02")).tell(moved("2026-11-10"), failed("2026-11-09", MAIL))
    assert life.journey.mail is Health.OK


def test_stop_closes_the_sms_and_unsubscribing_leaves_the_mails_of_a_case() -> None:
    life = Life(opened("2026-11-02"))
    life.tell(ChannelRefused(**stamp("2026-11-05"), channel=SMS), ChannelRefused(**stamp("2026-11-06"), channel=MAIL))
    assert (life.journey.sms, life.journey.mail) == (Health.REFUSED, Health.OK)
    assert life.journey.opt_outs == ("mail:information", "mail:reminder")


def test_the_last_choice_of_preferences_replaces_the_one_before() -> None:
    life = Life(opened("2026-11-02"))
    life.tell(PreferencesChosen(**stamp("2026-11-05"), opt_outs=("sms:reminder",)))
    life.tell(PreferencesChosen(**stamp("2026-11-06"), opt_outs=("mail:information",)))
    assert life.journey.opt_outs == ("mail:information",)


def test_an_accountant_appointed_ends_the_calls_before_due_dates() -> None:
    life = Life(opened("2026-11-02")).tell(AccountantChanged(**stamp("2026-11-20"), appointed=True))
    assert not life.until("2027-04-30").tasks("REM-5")


def test_a_stop_outlives_older_details_that_arrive_after_it() -> None:
    life = Life(opened("2026-11-02")).tell(ChannelRefused(**stamp("2026-11-06"), channel=SMS))
    life.tell(ContactChanged(**stamp("2026-11-05", received="2026-11-07"), has_mail=True, has_phone=True))
    assert life.journey.sms is Health.REFUSED


def test_a_new_phone_may_be_written_to_whatever_was_said_of_the_old_one() -> None:
    life = Life(opened("2026-11-02")).tell(moved("2026-11-07"))
    life.tell(ChannelRefused(**stamp("2026-11-06", received="2026-11-08"), channel=SMS))
    assert life.journey.sms is Health.OK


def test_unsubscribing_outlives_older_preferences_that_arrive_after_it() -> None:
    life = Life(opened("2026-11-02")).tell(ChannelRefused(**stamp("2026-11-06"), channel=MAIL))
    life.tell(PreferencesChosen(**stamp("2026-11-05", received="2026-11-07"), opt_outs=("sms:reminder",)))
    assert life.journey.opt_outs == ("mail:information", "mail:reminder", "sms:reminder")


def landline(at: str, mail: bool = True) -> ContactChanged:
    return ContactChanged(**stamp(at), has_mail=mail, has_phone=True, takes_sms=False)


def test_a_landline_gets_no_sms_and_what_was_for_it_leaves_by_mail() -> None:
    life = Life(opened("2026-11-02", takes_sms=False)).until("2026-12-20")
    assert life.journey.sms is Health.VOICE
    channels = {row.channel for it in life.messages() for row in intentions(it, life.journey) if not row.dropped}
    assert channels == {MAIL}


def test_a_landline_can_be_called_for_an_appointment() -> None:
    assert has_phone(Life(opened("2026-11-02", takes_sms=False)).journey)


def test_a_landline_alone_opens_one_task_whatever_happens_next() -> None:
    life = Life(opened("2026-11-02")).tell(landline("2026-11-03", mail=False)).until("2027-03-01")
    asked = [it for it in life.tasks() if it.task == "contact" and ":unreachable:" in it.key]
    assert len(asked) == 1


def test_a_stop_says_nothing_of_a_landline_and_a_mobile_given_later_is_texted() -> None:
    life = Life(opened("2026-11-02", takes_sms=False))
    life.tell(ChannelRefused(**stamp("2026-11-03"), channel=SMS))
    assert life.journey.sms is Health.VOICE
    assert life.tell(moved("2026-11-04")).journey.sms is Health.OK


def test_a_mobile_that_said_stop_and_is_given_again_by_an_older_event_stays_refused() -> None:
    life = Life(opened("2026-11-02")).tell(ChannelRefused(**stamp("2026-11-05"), channel=SMS), moved("2026-11-04"))
    assert life.journey.sms is Health.REFUSED
