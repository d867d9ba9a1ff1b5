"""The connection to Temporal: dates and decimals pass, a key encrypts them, an absent server is named."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr

from config.embedded.ports import kept_port
from config.errors import OperatorError
from config.temporal import TemporalUnreachable, connect, data_converter


@dataclass(frozen=True)
class Instalment:
    due_on: date
    amount: Decimal


INSTALMENT = Instalment(date(2026, 1, 15), Decimal("1240.50"))


def _key() -> str:
    return Fernet.generate_key().decode()


async def test_dates_and_decimals_pass_unchanged() -> None:
    converter = data_converter(None)
    assert await converter.decode(await converter.encode([INSTALMENT]), [Instalment]) == [INSTALMENT]


async def test_with_a_key_nothing_is_readable() -> None:
    converter = data_converter(SecretStr(_key()))
    [payload] = await converter.encode([INSTALMENT])
    assert b"1240" not in payload.SerializeToString()
    assert await converter.decode([payload], [Instalment]) == [INSTALMENT]


async def test_a_rotated_key_still_reads_what_the_old_one_wrote() -> None:
    old, new = _key(), _key()
    payloads = await data_converter(SecretStr(old)).encode([INSTALMENT])
    assert await data_converter(SecretStr(f"{new}, {old}")).decode(payloads, [Instalment]) == [INSTALMENT]
    with pytest.raises(OperatorError, match="PARCOURS_PAYLOAD_KEY"):
        await data_converter(SecretStr(new)).decode(payloads, [Instalment])


async def test_what_was_written_before_the_key_is_still_read() -> None:
    payloads = await data_converter(None).encode([INSTALMENT])
    assert await data_converter(SecretStr(_key())).decode(payloads, [Instalment]) == [INSTALMENT]


async def test_an_absent_server_is_named_with_its_variable(tmp_path: Path) -> None:
    address = f"127.0.0.1:{kept_port(tmp_path / 'port')}"
    with pytest.raises(TemporalUnreachable, match=f"{address}.*PARCOURS_TEMPORAL_ADDRESS"):
        await connect(address, "default", patience=timedelta(0))
