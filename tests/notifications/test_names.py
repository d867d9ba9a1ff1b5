"""A name that holds an address is no link in a letter, and reads as it was given."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.state import Channel
from notifications.names import WORD_JOINER, unlinked

LINKED = re.compile(r"https?://\w|www\.\w|\w@\w|\w\.[a-z]{2,}", re.IGNORECASE)
"""What mail programs and telephones make a link of, at the widest."""

ADDRESSES = (
    "Gagnez sur http://evil.example/l/x",
    "HTTPS://EVIL.EXAMPLE",
    "www.evil.example",
    "evil.example/piege",
    "Boulangerie evil.co.uk",
    "joindre@evil.example",
    "voir (evil.example)",
    "javascript://evil.example",
    "Épicerie épi.fr",
)
NAMES = (
    "Boulangerie Épi d'Or",
    "S.A.R.L. Dupont & Fils",
    "J. P. Martin",
    "Dr. Roux",
    "AC/DC",
    "12 : 30",
    "L'Œuf n° 2",
    "A.B.C",
)


@pytest.mark.parametrize("name", ADDRESSES)
@pytest.mark.parametrize("channel", list(Channel))
def test_no_address_is_left_in_a_name(name: str, channel: Channel) -> None:
    assert LINKED.search(name)
    assert not LINKED.search(unlinked(name, channel))


@pytest.mark.parametrize("name", ADDRESSES)
def test_a_reader_sees_the_name_as_it_was_given(name: str) -> None:
    assert unlinked(name, Channel.MAIL).replace(WORD_JOINER, "") == name
    assert unlinked(name, Channel.SMS).replace(" ", "") == name.replace(" ", "")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("channel", list(Channel))
def test_other_names_stay_as_they_are(name: str, channel: Channel) -> None:
    assert unlinked(name, channel) == name


@given(st.text(alphabet="aé1 .@:/w-(", max_size=30))
def test_whatever_the_name_no_host_is_left(name: str) -> None:
    assert not re.search(r"\w\.[a-zé]{2,}|\w@\w|\w://\w", unlinked(name, Channel.MAIL))
