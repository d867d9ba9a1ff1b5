"""An answer leaves in one piece, in order, and nothing is held back for long."""

from __future__ import annotations

import asyncio
from typing import Any

from cli.packets import SURELY_FULL, Joining


class Line(asyncio.Transport):
    """Notes what reaches it."""

    def __init__(self) -> None:
        super().__init__({"peername": ("203.0.113.7", 4)})
        self.written: list[Any] = []

    def write(self, data: Any) -> None:
        self.written.append(data)

    def close(self) -> None:
        self.written.append("closed")


async def test_head_and_body_leave_together_when_the_loop_turns() -> None:
    line = Line()
    joining = Joining(line)
    joining.write(b"head ")
    joining.write(b"body")
    assert line.written == []
    await asyncio.sleep(0)
    joining.write(b"next")
    await asyncio.sleep(0)
    assert line.written == [b"head body", b"next"]


async def test_a_close_comes_after_what_was_written() -> None:
    line = Line()
    joining = Joining(line)
    joining.write(b"last")
    joining.close()
    await asyncio.sleep(0)
    assert line.written == [b"last", "closed"]


async def test_a_long_piece_does_not_wait() -> None:
    line = Line()
    joining = Joining(line)
    joining.write(b"head ")
    joining.write(b"x" * SURELY_FULL)
    assert line.written == [b"head " + b"x" * SURELY_FULL]


def test_the_line_is_still_asked_who_is_at_its_end() -> None:
    assert Joining(Line()).get_extra_info("peername") == ("203.0.113.7", 4)
