"""Of letters that left, their journeys are told which answer a request: its clock stops (ASK-2)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from db import news
from domain.messages import Recipient

SOURCE = "parcours/answers"


async def tell_answers(connection: AsyncConnection, left: Sequence[Row[Any]]) -> None:
    """``left``: rows of the ledger; the same letter told twice, by its provider and by a receipt, is told once."""
    answers = [it for it in left if it.template == "request_answer" and it.recipient == Recipient.ENTERPRISE]
    told = [news.News(it.siren, f"answer:{it.id}", "answer.left", {"request": it.facts["request"]}) for it in answers]
    await news.inform(connection, SOURCE, told, datetime.now(UTC))
