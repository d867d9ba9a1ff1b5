"""Accepts every letter and sends none, for development."""

from datetime import datetime

from typing_extensions import override

from notifications.ports import Letter, Sender, Sent


class OutboxSender(Sender):
    """Every letter counts as delivered at once."""

    can_find = True

    @override
    async def send(self, letter: Letter) -> Sent:
        """Accept the letter."""
        return Sent(provider_id=f"outbox-{letter.message_id}", status="delivered")

    @override
    async def find(self, letter: Letter, since: datetime) -> Sent | None:
        """Every letter was accepted."""
        return await self.send(letter)
