"""A person is found by an address however it is written, and nobody else is."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import Text, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from db.engine import make_engine
from db.retention.people import NoAddress, Person, named, says

MOBILE = "06 39 98 42 42"


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[AsyncConnection]:
    engine = make_engine(database_url, pool_size=1)
    async with engine.connect() as reading:
        yield reading
    await engine.dispose()


async def finds(connection: AsyncConnection, pattern: str | None, words: str) -> bool:
    return bool(await connection.scalar(select(says(literal(words, Text), pattern))))


@pytest.mark.parametrize("given", [MOBILE, "+33639984242", "0033 6 39 98 42 42", "+33 (0)6 39 98 42 42", "0639984242"])
@pytest.mark.parametrize(
    "written",
    [
        "+33639984242",
        "0639984242",
        "Rappeler au 06.39.98.42.42, merci",
        "06\u00a039\u00a098\u00a042\u00a042",
        "+33 (0)6 39 98 42 42",
        "tel:0033639984242.",
        '{"phone": "+33639984242"}',
    ],
)
async def test_a_number_is_found_in_every_writing(connection: AsyncConnection, given: str, written: str) -> None:
    assert await finds(connection, Person.known_by(given).pattern, written)


@pytest.mark.parametrize("written", ["06 39 98 42 43", "16399842421", "63998424", "2026399842420", "117000639984242"])
async def test_other_numbers_are_not(connection: AsyncConnection, written: str) -> None:
    assert not await finds(connection, Person.known_by(MOBILE).pattern, written)


async def test_a_number_overseas_and_one_abroad(connection: AsyncConnection) -> None:
    assert await finds(connection, Person.known_by("+262692123456").pattern, "0692 12 34 56")
    assert await finds(connection, Person.known_by("0692123456").pattern, "+262692123456")
    assert await finds(connection, Person.known_by("+32 470 12 34 56").pattern, "+32470123456")


@pytest.mark.parametrize("written", ["ines@example.org", "À INES@Example.org.", '{"email": "Ines@example.org"}'])
async def test_a_mail_address_is_found_in_any_case(connection: AsyncConnection, written: str) -> None:
    assert await finds(connection, Person.known_by(" Ines@Example.ORG ").pattern, written)


@pytest.mark.parametrize("written", ["agnes.ines@example.org", "ines@example.org.uk", "ines@example-org"])
async def test_addresses_that_hold_it_are_others(connection: AsyncConnection, written: str) -> None:
    assert not await finds(connection, Person.known_by("ines@example.org").pattern, written)


@pytest.mark.parametrize("given", ["", "Inès Caron", "12", "@", "06 39 a"])
def test_what_is_no_address_is_refused(given: str) -> None:
    with pytest.raises(NoAddress):
        Person.known_by(given)


async def test_a_name_is_found_whole(connection: AsyncConnection) -> None:
    pattern = named(["Inès Caron", None, "É"])
    assert await finds(connection, pattern, "Bonjour INÈS  Caron,")
    assert not await finds(connection, pattern, "Bonjour Inès Caronnet,")
    assert named([None, "", "É"]) is None
