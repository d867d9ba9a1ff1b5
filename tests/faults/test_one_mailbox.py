"""COM-6: an accountant who has the client's own address is sent each letter once."""

from __future__ import annotations

from collections import Counter

from domain.effects import Purpose
from tests.faults.desk import Desk
from tests.faults.examples import ACCOUNTANT, CONTACT, REMINDED
from tests.faults.sent import reminded

SAME = {**ACCOUNTANT, "email": CONTACT["email"].title()}


def mails(desk: Desk, address: str) -> Counter[str]:
    """How often each subject came to an address, a copy being the letter it copies."""
    said = [
        it["subject"].rpartition(" : ")[2]
        for it in desk.sendgrid.accepted
        if it["personalizations"][0]["to"][0]["email"].lower() == address.lower()
    ]
    return Counter(said)


async def test_each_letter_comes_once_to_a_mailbox_that_is_both(desk: Desk) -> None:
    await reminded(desk, accountant=SAME)
    received = mails(desk, CONTACT["email"])
    assert len(received) >= 2
    assert set(received.values()) == {1}
    copy = await desk.row("mail", REMINDED, "2040-05-15", "accountant")
    assert copy is None or (copy.status, "même adresse" in copy.reason) == ("dropped", True)


async def test_the_copy_leaves_when_the_enterprise_refuses_the_letter(desk: Desk) -> None:
    await desk.open(accountant=SAME)
    await desk.tell("preferences.chosen", opt_outs=[f"mail:{it}" for it in (Purpose.REMINDER, Purpose.INFORMATION)])
    await desk.owe()
    await desk.deliver(await desk.decide_reminder())
    copy = await desk.row("mail", REMINDED, "2040-05-15", "accountant")
    assert copy.status == "sent"


async def test_another_address_receives_its_copy(desk: Desk) -> None:
    await reminded(desk, accountant=ACCOUNTANT)
    assert sum(mails(desk, ACCOUNTANT["email"]).values()) >= 2


async def test_what_a_copy_told_there_is_not_told_again_when_the_sms_fails(desk: Desk) -> None:
    await desk.open(accountant=SAME, contact={**CONTACT, "email": None})
    await desk.owe()
    await desk.deliver(await desk.decide_reminder())
    assert (await desk.row("mail", REMINDED, "2040-05-15", "accountant")).status == "sent"
    before = mails(desk, CONTACT["email"])
    await desk.tell("contact.changed", contact=CONTACT)
    await desk.callback("undelivered", 30006)
    await desk.live()
    late = await desk.row("mail", REMINDED, "2040-05-15")
    assert (late.status, "même adresse" in late.reason) == ("dropped", True)
    again = mails(desk, CONTACT["email"]) - before
    assert not [it for it in again if it in before]
