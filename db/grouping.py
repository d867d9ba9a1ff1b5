"""Requests that come while a transaction runs are stored together by the next one: one commit answers them all."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from typing import Generic, TypeVar

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

AT_ONCE = 200
"""Requests of one transaction."""

Sent = TypeVar("Sent")
Kept = TypeVar("Kept")


class Grouped(Generic[Sent, Kept]):
    """Carries out what is sent, many at once; nobody is answered before the work that holds his own is done.

    ``work`` does several, in order, wholly or not at all. One who makes it fail does not fail the others: they are
    then done one by one. A lost database fails everybody at once, for each would wait for it in vain.
    """

    def __init__(self, work: Callable[[Sequence[Sent]], Awaitable[Sequence[Kept]]]) -> None:
        self._work = work
        self._waiting: list[tuple[Sent, asyncio.Future[Kept]]] = []
        self._running: asyncio.Task[None] | None = None

    async def carry_out(self, sent: Sent) -> Kept:
        """What ``work`` made of it; raises what it raised for this one."""
        answer: asyncio.Future[Kept] = asyncio.get_running_loop().create_future()
        self._waiting.append((sent, answer))
        if self._running is None:
            self._running = asyncio.get_running_loop().create_task(self._run(), context=Context())
        return await answer

    async def _run(self) -> None:
        try:
            while self._waiting:
                group, self._waiting = self._waiting[:AT_ONCE], self._waiting[AT_ONCE:]
                await self._answer(group)
        finally:
            self._running = None

    async def _answer(self, group: list[tuple[Sent, asyncio.Future[Kept]]]) -> None:
        try:
            kept = await self._work([sent for sent, _ in group])
        except Exception as error:  # noqa: BLE001 - raised to those who sent it
            if len(group) > 1 and not _is_lost(error):
                for one in group:
                    await self._answer([one])
            for _, answer in group:
                if not answer.done():
                    answer.set_exception(error)
        else:
            for (_, answer), one_kept in zip(group, kept, strict=True):
                if not answer.done():  # its sender may have hung up
                    answer.set_result(one_kept)
        finally:
            for _, answer in group:
                answer.cancel()  # only when this process stops: a future that is done stays as it is


def _is_lost(error: Exception) -> bool:
    invalidated = isinstance(error, DBAPIError) and error.connection_invalidated
    return invalidated or isinstance(error, OperationalError | InterfaceError | PoolTimeout | OSError)
