"""APT-6: where an agent is met by video."""

from __future__ import annotations

import httpx
import pytest

ROOM = "https://visio.example.org/salle/alice?lang=fr"
PATH = "/v1/agents/alice.martin"


async def test_an_agent_s_room_is_written_and_read(supervisor: httpx.AsyncClient) -> None:
    written = await supervisor.put(PATH, json={"name": "Alice Martin", "video_link": ROOM})
    assert (written.status_code, written.json()["video_link"]) == (200, ROOM)
    [agent] = [it for it in (await supervisor.get("/v1/agents")).json()["items"] if it["agent"] == "alice.martin"]
    assert agent["video_link"] == ROOM


async def test_an_agent_needs_none(supervisor: httpx.AsyncClient) -> None:
    written = await supervisor.put(PATH, json={"name": "Alice Martin"})
    assert (written.status_code, written.json()["video_link"]) == (200, None)


@pytest.mark.parametrize(
    "room",
    [
        "http://visio.example.org/a",
        "visio.example.org/a",
        "javascript:alert(1)",
        "https://",
        "https://localhost",
        "https://user@visio.example.org/",
        "https://visio.example.org/a b",
        'https://visio.example.org/"><script>',
        "https://visio.example.org/a)",
        "https://visio.example.org/a\nhttps://else.example.org",
        "https://visio.example.org/" + "a" * 300,
    ],
)
async def test_what_is_not_a_whole_https_address_is_refused(supervisor: httpx.AsyncClient, room: str) -> None:
    refused = await supervisor.put(PATH, json={"name": "Alice Martin", "video_link": room})
    assert refused.status_code == 400
    assert [it["pointer"] for it in refused.json()["errors"]] == ["/video_link"]
