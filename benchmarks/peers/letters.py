"""The letters every peer sends, by the very senders Parcours uses: official SDKs, same calls, same edge."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from notifications.ports import Channel, Letter, Sender
from notifications.sendgrid.sender import SendGridSender
from notifications.twilio.sender import TwilioSender

TEXT = "Bonjour, ceci vous rappelle une échéance de vos cotisations. Votre interlocutrice : Alice Martin. " * 2
HTML = f"<html><body>{TEXT * 12}</body></html>"
SID = "AC" + "0" * 32


def senders(edge: str) -> Mapping[str, Sender]:
    """The two providers, at the edge's address."""
    return {
        "sms": TwilioSender(SID, "benchmark", "URSSAF", "http://127.0.0.1/none", base_url=edge),
        "mail": SendGridSender("SG.benchmark", "parcours@example.org", base_url=edge),
    }


class Letters:
    """Sends a letter about ``what``: the text tells one letter from another, so that doubles are seen."""

    def __init__(self, by_channel: Mapping[str, Sender]) -> None:
        self._senders = by_channel

    async def send(self, channel: Channel, siren: str, what: str) -> None:
        """Raises what the sender raises."""
        await self._senders[channel].send(letter(channel, siren, what))


def letter(channel: Channel, siren: str, what: str) -> Letter:
    """One letter for one enterprise."""
    to = f"{siren}@example.org" if channel == "mail" else f"+336{siren[:8]}"
    text = f"{siren} {what} {TEXT}"
    return Letter(f"{siren}-{what}-{channel}", channel, to, "", what, text, HTML, timedelta(hours=9))
