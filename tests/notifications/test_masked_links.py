"""No signed link is left in what somebody else than its holder reads (COM-7)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.logging import withhold_personal_data
from domain.messages import Recipient
from notifications.gallery.examples import context
from notifications.links import ACTIONS, CODE_MASK, MASK, Holder, Links, masked
from notifications.ports import Channel
from notifications.rendering import render

PUBLIC = ("https://parcours.example", "http://127.0.0.1:8000", "https://example.org/parcours/")
AHEAD = datetime.now(UTC) + timedelta(days=30)


def link(public_url: str, action: str = "plan", subject: str = "117000001/2026-01") -> str:
    return Links("k", public_url).url(action, "732829320", AHEAD, subject, holder=Holder(Recipient.ENTERPRISE))


@pytest.mark.parametrize("public_url", PUBLIC)
@pytest.mark.parametrize("action", sorted(set(ACTIONS.values())))
def test_a_link_is_masked_whatever_it_does_and_wherever_it_points(public_url: str, action: str) -> None:
    assert masked(f"Ici : {link(public_url, action)}.") == f"Ici : {MASK}."
    assert masked(f'<a href="{link(public_url, action)}">x</a>') == f'<a href="{MASK}">x</a>'
    assert masked(f"sans adresse {link('', action)}") == f"sans adresse {MASK}"


@given(st.text(max_size=40), st.text(max_size=40), st.sampled_from(PUBLIC))
def test_no_token_is_left_whatever_stands_around_it(before: str, after: str, public_url: str) -> None:
    token = link(public_url).rsplit("/", 1)[1]
    assert token not in masked(f"{before}{link(public_url)} {after}{link('')}")


@given(st.text(alphabet="abc :/.lh", max_size=60))
def test_a_text_without_a_link_stays_as_it_is(text: str) -> None:
    assert masked(text) == text


def test_the_log_masks_what_lies_deeper_in_a_line() -> None:
    line = withhold_personal_data(None, "info", {"event": "x", "rows": [{"text": link(PUBLIC[0])}], "n": 1})
    assert link(PUBLIC[0]).rsplit("/", 1)[1] not in str(line)
    assert line["n"] == 1


@pytest.mark.parametrize("channel", ["sms", "mail"])
def test_the_code_of_a_correction_is_masked_as_it_is_written(channel: Channel) -> None:
    given = context(proposal="p", minutes=30, code="428123")
    written = render("contact_code", channel, given).text
    assert "428123" in written
    assert masked(written) == masked(written.replace("428123", CODE_MASK))
    assert CODE_MASK in masked(written)


def test_six_digits_that_are_no_code_stay() -> None:
    for said in ("compte 428123", "code postal 75001", "code NAF 6201Z, dossier : 428123", "code : 4281234"):
        assert masked(said) == said
