"""Text of the world: accepted unless it could not be read back, and what is accepted stays as it is when read again."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.identifiers import account_as_written, account_number, parse_siren, siren_of
from domain.texts import (
    Unreadable,
    checked,
    is_seen,
    lines,
    mail_address,
    mended_line,
    mended_lines,
    one_line,
)

ANY = st.text(
    st.characters(exclude_categories=())
    | st.sampled_from("\u00a0\u202f\u2009\u200b\u200d\u00ad\ufeff\t\n\r\0\x7f\ud800")
)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Boulangerie\u00a0Léa", "Boulangerie Léa"),
        ("Bar «\u00a0Le Quai\u00a0»", "Bar « Le Quai »"),
        ("A\u202fB\u2009C\u3000D", "A B C D"),
        ("👩\u200d🍳 Chef Lou", "👩\u200d🍳 Chef Lou"),
        ("co\u00adpain\u200c\ufeff", "co\u00adpain\u200c\ufeff"),
        ("Le\u0301a", "Léa"),
        (" \u00a0Léa\n", "Léa"),
    ],
)
def test_blanks_and_joiners_are_text(written: str, read: str) -> None:
    assert one_line(written) == read


@pytest.mark.parametrize("wrong", ["a\tb", "a\nb", "a\0b", "a\x7fb", "a\x85b", "a\ud800b"])
def test_a_line_holds_no_control_character_and_no_half_of_a_pair(wrong: str) -> None:
    with pytest.raises(Unreadable):
        one_line(wrong)


def test_lines_keep_their_ends_and_tabs() -> None:
    assert lines(" a\r\nb\rc\td\u00a0! ") == "a\nb\nc\td\u00a0!"
    with pytest.raises(Unreadable):
        lines("a\x0bb")


@given(ANY)
def test_what_is_accepted_is_accepted_again_unchanged(text: str) -> None:
    for rule in (checked, one_line, lines):
        try:
            accepted = rule(text)
        except Unreadable:
            assert any(unicodedata.category(it) in ("Cc", "Cs") for it in text)
        else:
            assert rule(accepted) == accepted
            accepted.encode()


@given(ANY)
def test_what_was_stored_is_always_read_as_something_acceptable(text: str) -> None:
    assert one_line(mended_line(text)) == mended_line(text)
    assert lines(mended_lines(text)) == mended_lines(text)


@given(st.text(st.characters(exclude_categories=("Cc", "Cs"))))
def test_nothing_but_control_characters_and_surrogates_is_refused(text: str) -> None:
    assert checked(text) == text
    assert is_seen(one_line(text)) == is_seen(text)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (" lea@example.org\u00a0", "lea@example.org"),
        ("<lea@example.org>", "lea@example.org"),
        ("mailto:lea@example.org", "lea@example.org"),
        ("<MAILTO:lea@example.org>,", "lea@example.org"),
        ("lea@example.org;", "lea@example.org"),
        ("lea@example.org.", "lea@example.org"),
        ("\u200blea@example.org", "lea@example.org"),
        ("léa.d'or+x@exämple.fr", "léa.d'or+x@exämple.fr"),
    ],
)
def test_what_stands_around_an_address_is_taken_off(written: str, read: str) -> None:
    assert mail_address(written) == read


@pytest.mark.parametrize(
    "wrong",
    [
        "a@b..c",
        "a..b@c.fr",
        ".a@b.fr",
        "a.@b.fr",
        "a@b",
        "a@-b.fr",
        "a@b.fr c@d.fr",
        "Léa <a@b.fr>",
        "l éa@b.fr",
        "@b.fr",
        "",
    ],
)
def test_what_is_not_one_address_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="not a mail address"):
        mail_address(wrong)


def test_blanks_of_any_kind_do_not_count_in_numbers() -> None:
    assert parse_siren("732\u00a0829\u202f320\ufeff") == "732829320"
    assert siren_of("732\u2009829\u2009320 00074") == "732829320"
    assert account_number("117 000\u00a0001\u202f23a") == "11700000123A"
    assert account_as_written(" 117\u00a0000  001\u202f23a ") == "117 000 001 23A"
