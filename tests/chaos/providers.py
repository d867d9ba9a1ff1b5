"""The fakes of a long storm: they check no request against its description and forget what nobody counts."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Any

from tests.fakes.sendgrid import FakeSendGrid, event_about
from tests.fakes.twilio import FakeTwilio


class StormTwilio(FakeTwilio):
    """Takes letters as they come."""

    def __init__(self) -> None:
        super().__init__()
        self._api = None


class StormSendGrid(FakeSendGrid):
    """`accepted` holds no more of a mail than its ids: a hundred thousand texts do not fit in memory."""

    def __init__(self) -> None:
        super().__init__()
        self._api = None

    def _accept(self, mail: dict[str, Any]) -> str:
        return super()._accept({"custom_args": mail["custom_args"]})

    def signed(self, events: Sequence[dict[str, Any]]) -> tuple[bytes, dict[str, str]]:
        """Body and headers of a post of these events."""
        payload = json.dumps(events).encode()
        return payload, {"Content-Type": "application/json", **self._key.signed(payload, str(int(time.time())))}


def news_of(mail: dict[str, Any], *statuses: str) -> list[dict[str, Any]]:
    """Events about a mail that was taken."""
    return [event_about(mail["message_id"], status, mail["provider_id"]) for status in statuses]
