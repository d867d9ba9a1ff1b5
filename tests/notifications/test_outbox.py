from datetime import UTC, datetime, timedelta

from notifications.outbox.sender import OutboxSender
from notifications.ports import Letter, Sent

LETTER = Letter("m-1", "sms", "+33612345678", "Zoé", "", "Bonjour", "", timedelta(hours=3))


async def test_the_outbox_delivers_everything_at_once() -> None:
    assert await OutboxSender().send(LETTER) == Sent("outbox-m-1", "delivered")


async def test_a_letter_to_the_outbox_is_always_found() -> None:
    assert await OutboxSender().find(LETTER, datetime.now(UTC)) == Sent("outbox-m-1", "delivered")
