from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncEngine

from db.events import NewEvent, settle, store
from db.tables import journeys
from tests.api.examples import DUE, OPENED, OTHER_SIREN, SIREN, add_journey, bearing, event, stored_events

STRUCTURED = {"Content-Type": "application/cloudevents+json"}
BATCH = {"Content-Type": "application/cloudevents-batch+json"}


async def send(client: httpx.AsyncClient, body: Any) -> httpx.Response:
    headers = BATCH if isinstance(body, list) else STRUCTURED
    return await client.post("/v1/events", content=json.dumps(body), headers=headers)


async def test_a_structured_event_is_stored_whole(system: httpx.AsyncClient, engine: AsyncEngine) -> None:
    answer = await send(system, event(id="e-1"))
    assert (answer.status_code, answer.json()) == (202, {"accepted": 1, "duplicates": 0, "rejected": []})
    [row] = await stored_events(engine)
    assert (row.id, row.type, row.siren, row.organisation, row.status, row.data) == (
        "e-1",
        "contribution.due",
        SIREN,
        "urssaf-idf",
        "pending",
        DUE,
    )
    assert row.time.isoformat() == "2026-01-15T07:30:00+00:00"


async def test_a_binary_event_reads_its_attributes_from_percent_encoded_headers(
    system: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    attributes = {name: value for name, value in event(id="é 1").items() if name != "data"}
    headers = {f"ce-{name}": value for name, value in attributes.items()} | {"ce-id": "%C3%A9%201"}
    answer = await system.post("/v1/events", json=DUE, headers=headers)
    assert answer.status_code == 202
    assert [row.id for row in await stored_events(engine)] == ["é 1"]


async def test_in_a_batch_the_good_are_taken_though_others_are_rejected(
    system: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    bad = event(DUE | {"amount": "-1"}, id="bad")
    answer = await send(system, [event(id="a"), bad, event(id="b")])
    assert answer.status_code == 202
    assert answer.json()["accepted"] == 2
    [rejected] = answer.json()["rejected"]
    assert (rejected["index"], rejected["id"]) == (1, "bad")
    assert rejected["problem"].startswith("/data/amount: ")
    assert [row.id for row in await stored_events(engine)] == ["a", "b"]


async def test_an_event_is_known_for_ever_by_its_source_and_id(system: httpx.AsyncClient, engine: AsyncEngine) -> None:
    await send(system, event(id="same"))
    again = await send(system, [event(id="same"), event(id="new"), event(id="new"), event(id="same", source="other")])
    assert again.json() == {"accepted": 2, "duplicates": 2, "rejected": []}
    assert len(await stored_events(engine)) == 3


async def test_a_siret_is_filed_under_its_siren(system: httpx.AsyncClient, engine: AsyncEngine) -> None:
    await send(system, event(subject="73282932000074"))
    assert [row.siren for row in await stored_events(engine)] == [SIREN]


async def test_an_empty_batch_is_no_error(system: httpx.AsyncClient) -> None:
    assert (await send(system, [])).json() == {"accepted": 0, "duplicates": 0, "rejected": []}


async def test_when_none_is_good_the_problem_points_into_the_batch(system: httpx.AsyncClient) -> None:
    answer = await send(system, [event(DUE | {"amount": "1.005"}), event(subject="123456789")])
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/0/data/amount", "/1/subject"]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"specversion": "0.3"}, "/specversion"),
        ({"id": ""}, "/id"),
        ({"id": "a\0b"}, "/id"),
        ({"id": "x" * 201}, "/id"),
        ({"id": 12}, "/id"),
        ({"source": "\n"}, "/source"),
        ({"source": "parcours/agents"}, "/source"),
        ({"type": "contribution.due"}, "/type"),
        ({"type": "fr.urssaf.nothing.known"}, "/type"),
        ({"type": "fr.urssaf.referent.leaving"}, "/type"),
        ({"subject": "732829321"}, "/subject"),
        ({"subject": "000000000"}, "/subject"),
        ({"subject": "7328\u0000"}, "/subject"),
        ({"subject": None}, "/subject"),
        ({"time": "2026-01-15"}, "/time"),
        ({"time": "2026-01-15T08:30:00"}, "/time"),
        ({"time": "2026-02-30T08:30:00Z"}, "/time"),
        ({"time": "0001-01-01T00:00:00+14:00"}, "/time"),
        ({"time": 1768462200}, "/time"),
        ({"datacontenttype": "text/xml"}, "/datacontenttype"),
        ({"data": None}, "/data"),
        ({"data": []}, "/data"),
    ],
)
async def test_a_wrong_attribute_is_refused(change: dict[str, Any], pointer: str, unplugged: httpx.AsyncClient) -> None:
    answer = await send(unplugged, event() | change)
    assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (400, [pointer])


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"amount": "12.345"}, "/data/amount"),
        ({"amount": "-0.01"}, "/data/amount"),
        ({"amount": "NaN"}, "/data/amount"),
        ({"amount": "1e400"}, "/data/amount"),
        ({"amount": 12.5}, "/data/amount"),
        ({"amount": True}, "/data/amount"),
        ({"amount": ["1"]}, "/data/amount"),
        ({"due_on": "2026-02-30"}, "/data/due_on"),
        ({"due_on": 1771200000}, "/data/due_on"),
        ({"due_on": "9999-12-31"}, "/data/due_on"),
        ({"due_on": "2091-01-01"}, "/data/due_on"),
        ({"period": "2026-13"}, "/data/period"),
        ({"period": "2206-01"}, "/data/period"),
        ({"period": "0226-Q1"}, "/data/period"),
        ({"period": "2026-01\0"}, "/data/period"),
        ({"account": "\0"}, "/data/account"),
        ({"unknown\0field": 1}, "/data/unknown\0field"),
    ],
)
async def test_wrong_data_is_refused(change: dict[str, Any], pointer: str, unplugged: httpx.AsyncClient) -> None:
    answer = await send(unplugged, event(DUE | change))
    assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (400, [pointer])


@pytest.mark.parametrize("headcount", ["3", 3.0, True, None, -1])
async def test_a_headcount_is_a_whole_number(headcount: Any, unplugged: httpx.AsyncClient) -> None:
    answer = await send(unplugged, event({"headcount": headcount, "on": "2026-01-01"}, "headcount.changed"))
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/data/headcount"]


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (OPENED, 202),
        (OPENED | {"organisation": "urssaf-atlantide"}, 400),
        (OPENED | {"organisation": "urssaf-rhone-alpes"}, 403),
        (OPENED | {"contact": {"name": "Léa\0"}}, 400),
        (OPENED | {"contact": {"name": "Léa", "email": 3}}, 400),
        (OPENED | {"first_hire_on": "2026-02-29"}, 400),
    ],
)
async def test_an_opening_must_name_the_senders_own_organisation(
    data: dict[str, Any], status: int, system: httpx.AsyncClient
) -> None:
    assert (await send(system, event(data, "account.opened"))).status_code == status


async def test_a_transfer_to_an_unknown_organisation_is_refused(system: httpx.AsyncClient) -> None:
    data = {"account": "117", "to_organisation": "urssaf-atlantide", "on": "2026-01-01"}
    answer = await send(system, event(data, "account.transferred"))
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/data/to_organisation"]


async def test_another_organisations_enterprise_is_out_of_reach(system: httpx.AsyncClient, engine: AsyncEngine) -> None:
    await add_journey(engine, organisation="urssaf-rhone-alpes")
    assert (await send(system, event())).status_code == 403
    in_batch = await send(system, [event(), event(subject=OTHER_SIREN)])
    assert (in_batch.status_code, in_batch.json()["accepted"]) == (202, 1)
    assert [rejected["index"] for rejected in in_batch.json()["rejected"]] == [0]


async def test_an_account_opened_for_the_enterprise_of_another_organisation_is_kept(
    system: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    await add_journey(engine, organisation="urssaf-rhone-alpes")
    assert (await send(system, event(OPENED, "account.opened"))).status_code == 202
    [kept] = await stored_events(engine)
    assert (kept.organisation, kept.status) == ("urssaf-idf", "pending")


async def test_what_was_taken_before_a_transfer_is_a_duplicate_after_it(
    system: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    await add_journey(engine)
    told = event({"account": "117", "to_organisation": "urssaf-rhone-alpes", "on": "2026-01-01"}, "account.transferred")
    await send(system, told)
    await _transfer(engine, "urssaf-rhone-alpes")
    assert (await send(system, told)).json() == {"accepted": 0, "duplicates": 1, "rejected": []}
    batch = (await send(system, [told, event(id="later")])).json()
    assert (batch["accepted"], batch["duplicates"], [it["id"] for it in batch["rejected"]]) == (0, 1, ["later"])
    assert len(await stored_events(engine)) == 1


async def test_what_another_organisation_sent_is_no_duplicate(system: httpx.AsyncClient, engine: AsyncEngine) -> None:
    await add_journey(engine, organisation="urssaf-rhone-alpes")
    async with engine.begin() as connection:
        await store(connection, [replace(_stored(event(id="theirs")), organisation="urssaf-rhone-alpes")])
    assert (await send(system, event(id="theirs"))).status_code == 403


async def _transfer(engine: AsyncEngine, organisation: str) -> None:
    async with engine.begin() as connection:
        await connection.execute(update(journeys).values(organisation=organisation))


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"{", STRUCTURED, 400),
        (b"", STRUCTURED, 400),
        (b"\xff\xfe", STRUCTURED, 400),
        (b'{"id": "\\ud800"}', STRUCTURED, 400),
        (b'{"id": NaN}', STRUCTURED, 400),
        (b"[" * 5_000, BATCH, 400),
        (b"9" * 5_000, STRUCTURED, 400),
        (b"[]", STRUCTURED, 400),
        (b"{}", BATCH, 400),
        (b"[1, null]", BATCH, 400),
        (b"{}", {"Content-Type": "application/json"}, 400),
        (b"{}", {"Content-Type": "application/json", "ce-id": "%FF"}, 400),
        (b"{}", {"Content-Type": "application/json", "ce-id": "%00"}, 400),
        (b"{}", {"Content-Type": "text/plain"}, 415),
        (b"{}", {"Content-Type": "application/cloudevents+xml"}, 415),
        (b"{}", {"Content-Type": "application/cloudevents+json; charset=latin-1"}, 415),
        (b"{}", {}, 415),
        (json.dumps([{}] * 10_001).encode(), BATCH, 413),
        (b" " * (25 * 1024 * 1024 + 1), STRUCTURED, 413),
    ],
)
async def test_what_is_not_events_is_a_problem(
    content: bytes, headers: dict[str, str], status: int, unplugged: httpx.AsyncClient
) -> None:
    answer = await unplugged.post("/v1/events", content=content, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.json()["detail"]


async def test_a_body_of_unknown_length_is_cut_at_the_limit(unplugged: httpx.AsyncClient) -> None:
    async def endless() -> Any:
        for _ in range(30):
            yield b" " * 1024 * 1024

    answer = await unplugged.post("/v1/events", content=endless(), headers=STRUCTURED)
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("token", "status"),
    [("agent-idf-token", 403), ("supervisor-idf-token", 403), ("admin-idf-token", 202), ("unknown", 401)],
)
async def test_only_systems_and_admins_send_events(app: Any, token: str, status: int) -> None:
    async with bearing(app, token) as client:
        assert (await send(client, event())).status_code == status


async def test_two_senders_in_each_others_way_lose_nothing(system: httpx.AsyncClient, engine: AsyncEngine) -> None:
    a, b = event(id="a"), event(id="b")
    async with engine.begin() as connection:
        await store(connection, [_stored(a)])
        crossing = asyncio.create_task(send(system, [b, a]))
        await asyncio.sleep(0.3)
        await store(connection, [_stored(b)])
        answer = await crossing
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert (await send(system, [b, a])).json() == {"accepted": 0, "duplicates": 2, "rejected": []}


def _stored(raw: dict[str, Any]) -> NewEvent:
    when = datetime.fromisoformat(raw["time"])
    return NewEvent(raw["source"], raw["id"], "contribution.due", SIREN, "urssaf-idf", when, raw["data"])


async def test_events_kept_aside_are_listed_by_page_without_their_data(
    system: httpx.AsyncClient, supervisor: httpx.AsyncClient, agent: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    await send(system, [event(id=str(rank)) for rank in range(3)])
    async with engine.begin() as connection:
        await settle(connection, [row.seq for row in await stored_events(engine)], "waiting", "waits for the account")
    first = (await supervisor.get("/v1/events", params={"status": "waiting", "limit": 2})).json()
    second = (await supervisor.get("/v1/events", params={"cursor": first["next_cursor"]})).json()
    assert [item["id"] for item in first["items"] + second["items"]] == ["0", "1", "2"]
    assert second["next_cursor"] is None
    assert "data" not in first["items"][0]
    assert (await supervisor.get("/v1/events", params={"status": "expired"})).json()["items"] == []
    assert (await supervisor.get("/v1/events", params={"cursor": "AAAA"})).status_code == 400
    assert (await agent.get("/v1/events")).status_code == 403


async def test_two_organisations_may_number_their_events_alike(
    app: FastAPI, system: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    """Nothing of one is swallowed because another sent the same `source` and `id`, and nothing is said of it (S5)."""
    async with bearing(app, "system-ra-token") as other:
        assert (await send(system, event(id="1"))).json() == {"accepted": 1, "duplicates": 0, "rejected": []}
        theirs = event(id="1", subject=OTHER_SIREN)
        assert (await send(other, [theirs, theirs])).json() == {"accepted": 1, "duplicates": 1, "rejected": []}
        assert (await send(other, theirs)).json() == {"accepted": 0, "duplicates": 1, "rejected": []}
        assert (await send(system, event(id="1"))).json() == {"accepted": 0, "duplicates": 1, "rejected": []}
    assert [(row.organisation, row.siren, row.status) for row in await stored_events(engine)] == [
        ("urssaf-idf", SIREN, "pending"),
        ("urssaf-rhone-alpes", OTHER_SIREN, "pending"),
    ]


async def test_a_source_used_by_two_is_shown_as_its_sender_wrote_it(
    app: FastAPI, system: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    await send(system, event(id="1"))
    async with bearing(app, "system-ra-token") as other, bearing(app, "supervisor-ra-token") as supervisor:
        await send(other, event(id="1", subject=OTHER_SIREN))
        rows = await stored_events(engine)
        async with engine.begin() as connection:
            await settle(connection, [row.seq for row in rows], "waiting")
        [shown] = (await supervisor.get("/v1/events")).json()["items"]
    assert (shown["source"], shown["id"], shown["siren"]) == ("urssaf/test", "1", OTHER_SIREN)


async def test_what_parcours_says_itself_is_known_by_source_and_id_whoever_follows(engine: AsyncEngine) -> None:
    def told(organisation: str) -> NewEvent:
        return NewEvent("parcours/portal", "1", "contact.confirmed", SIREN, organisation, datetime.now(UTC), {})

    async with engine.begin() as connection:
        assert await store(connection, [told("urssaf-idf")])
        assert not await store(connection, [told("urssaf-rhone-alpes")])


@pytest.mark.parametrize(
    "content_type",
    [
        "Application/CloudEvents+JSON",
        'application/cloudevents+json; charset="UTF-8"',
        "application/cloudevents+json;charset=us-ascii",
    ],
)
async def test_media_types_have_no_case(system: httpx.AsyncClient, content_type: str) -> None:
    answer = await system.post("/v1/events", content=json.dumps(event()), headers={"Content-Type": content_type})
    assert answer.status_code == 202


@pytest.mark.parametrize("content_type", ["Application/JSON", "application/vnd.urssaf+json", "text/json;charset=utf-8"])
async def test_binary_data_is_json_under_any_of_its_names(system: httpx.AsyncClient, content_type: str) -> None:
    headers = in_headers(event()) | {"Content-Type": content_type}
    answer = await system.post("/v1/events", content=json.dumps(DUE), headers=headers)
    assert answer.json() == {"accepted": 1, "duplicates": 0, "rejected": []}
    inside = event(datacontenttype=content_type)
    assert (await send(system, inside)).status_code == 202


@pytest.mark.parametrize(
    "content_type",
    [
        "text/xml",
        "application/cloudevents+avro",
        "application/cloudevents-other+json",
        "application/json; charset=latin-1",
    ],
)
async def test_another_format_is_not_read(unplugged: httpx.AsyncClient, content_type: str) -> None:
    headers = in_headers(event()) | {"Content-Type": content_type}
    assert (await unplugged.post("/v1/events", content=json.dumps(DUE), headers=headers)).status_code == 415


async def test_data_may_come_in_base64(system: httpx.AsyncClient, engine: AsyncEngine) -> None:
    encoded = b64encode(json.dumps(DUE).encode()).decode()
    body = {name: value for name, value in event().items() if name != "data"} | {"data_base64": encoded}
    assert (await send(system, body)).status_code == 202
    assert [row.data for row in await stored_events(engine)] == [DUE]


@pytest.mark.parametrize("wrong", ["not base64!", b64encode(b"<xml/>").decode(), b64encode(b"\xff").decode(), 12])
async def test_base64_holds_json(unplugged: httpx.AsyncClient, wrong: Any) -> None:
    body = {name: value for name, value in event().items() if name != "data"} | {"data_base64": wrong}
    answer = await send(unplugged, body)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/data_base64")
    both = await send(unplugged, event(data_base64=b64encode(b"{}").decode()))
    assert both.json()["errors"][0]["pointer"] == "/data_base64"


async def test_an_event_that_says_all_by_its_type_needs_no_data(system: httpx.AsyncClient, engine: AsyncEngine) -> None:
    dismissed = {name: value for name, value in event(kind="accountant.dismissed").items() if name != "data"}
    assert (await send(system, dismissed)).status_code == 202
    headers = in_headers(event(kind="accountant.dismissed"))
    assert (await system.post("/v1/events", headers=headers)).status_code == 202
    headers = in_headers(event(kind="accountant.dismissed")) | {"Content-Type": "application/json"}
    assert (await system.post("/v1/events", headers=headers)).status_code == 202
    assert [row.data for row in await stored_events(engine)] == [{}, {}, {}]


async def test_a_leap_second_and_unknown_extensions_are_taken(system: httpx.AsyncClient, engine: AsyncEngine) -> None:
    answer = await send(
        system, event(time="2016-12-31T23:59:60z", traceparent="00-1", partitionkey="a", dataschema="#")
    )
    assert answer.status_code == 202
    assert [row.time.isoformat() for row in await stored_events(engine)] == ["2016-12-31T23:59:59+00:00"]


@pytest.mark.parametrize("written", [b"caf\xc3\xa9 1", b"caf%C3%A9%201", b'"caf%c3%a9 1"'])
async def test_headers_are_utf_8_percent_encoded_or_not(
    system: httpx.AsyncClient, engine: AsyncEngine, written: bytes
) -> None:
    headers = [(name.encode(), value.encode()) for name, value in in_headers(event()).items() if name != "ce-id"]
    answer = await system.post("/v1/events", json=DUE, headers=[*headers, (b"ce-id", written)])
    assert answer.status_code == 202
    assert [row.id for row in await stored_events(engine)] == ["café 1"]


async def test_a_byte_order_mark_is_not_content(system: httpx.AsyncClient) -> None:
    body = b"\xef\xbb\xbf" + json.dumps(event()).encode()
    assert (await system.post("/v1/events", content=body, headers=STRUCTURED)).status_code == 202


async def test_half_of_a_surrogate_pair_refuses_its_event_alone(system: httpx.AsyncClient, engine: AsyncEngine) -> None:
    odd = [event({**OPENED, "name": "Lé\ud800a"}, "account.opened"), event(id="\udfff"), event(DUE | {"\ud83d": 1})]
    answer = await send(system, [*odd, event(id="good")])
    assert (answer.status_code, answer.json()["accepted"]) == (202, 1)
    assert [it["index"] for it in answer.json()["rejected"]] == [0, 1, 2]
    assert [row.id for row in await stored_events(engine)] == ["good"]


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("Boulangerie\u00a0Léa", "Boulangerie Léa"),
        ("Bar «\u00a0Le Quai\u202f»", "Bar « Le Quai »"),
        ("Le\u0301a\u2009Dupont", "Léa Dupont"),
        ("👩\u200d🍳 Chef\u200c Lou\u00ad\ufeff", "👩\u200d🍳 Chef\u200c Lou\u00ad\ufeff"),
    ],
)
async def test_names_as_french_people_write_them_are_taken(
    system: httpx.AsyncClient, engine: AsyncEngine, name: str, read: str
) -> None:
    contact = {"name": name, "email": " <lea@example.org>,\u00a0"}
    data = {**OPENED, "name": name, "account": "117\u00a0000 001\u202f234", "contact": contact}
    assert (await send(system, event(data, "account.opened", subject="732\u00a0829\u202f320"))).status_code == 202
    [row] = await stored_events(engine)
    assert (row.siren, row.data["name"], row.data["account"]) == (SIREN, read, "117 000 001 234")
    assert row.data["contact"] == {"name": read, "email": "lea@example.org"}


@pytest.mark.parametrize("wrong", ["a@b..c", "a@b", "Léa <a@b.fr>", "a b@c.fr", "a@b.fr,c@d.fr"])
async def test_what_is_no_mail_address_is_refused_clearly(unplugged: httpx.AsyncClient, wrong: str) -> None:
    answer = await send(unplugged, event({"contact": {"name": "Léa", "email": wrong}}, "contact.changed"))
    [error] = answer.json()["errors"]
    assert error["pointer"] == "/data/contact/email"
    assert "name@example.fr" in error["detail"]


def in_headers(given: dict[str, Any]) -> dict[str, str]:
    return {f"ce-{name}": str(value) for name, value in given.items() if name != "data"}
