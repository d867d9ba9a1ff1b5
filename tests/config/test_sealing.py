"""Secrets at rest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from config.sealing import Seal, Unsealable

SEAL, ANOTHER = Seal(SecretStr("k" * 32)), Seal(SecretStr("l" * 32))


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_what_is_sealed_is_opened_by_its_key_alone(text: str) -> None:
    sealed = SEAL.close(text)
    assert Seal(SecretStr("k" * 32)).open(sealed) == text
    assert ANOTHER.open_or_none(sealed) is None
    with pytest.raises(Unsealable):
        ANOTHER.open(sealed)


@given(st.text().filter(lambda it: not it.startswith("sealed:")))
def test_what_an_earlier_version_stored_in_clear_is_read(text: str) -> None:
    assert SEAL.open(text) == text
