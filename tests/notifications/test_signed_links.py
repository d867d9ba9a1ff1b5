import base64
import hmac
import struct
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.messages import Recipient
from notifications.links import ACTIONS, BadLink, ExpiredLink, Holder, Link, Links

LINKS = Links("clé de test", "https://parcours.exemple.fr/")
NOW = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=30)
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


CONTACT = Holder(Recipient.ENTERPRISE)
HOLDERS = st.none() | st.builds(
    Holder, st.sampled_from([Recipient.ENTERPRISE, Recipient.ACCOUNTANT]), st.integers(0, 300) | st.integers(0, 2**31)
)


def token(action: str = "confirm", siren: str = "732829320", subject: str = "", holder: Holder | None = CONTACT) -> str:
    return LINKS.url(action, siren, LATER, subject, holder=holder).rpartition("/l/")[2]


@given(
    st.sampled_from(sorted(ACTIONS.values())),
    st.from_regex(r"[0-9]{9}", fullmatch=True),
    st.text(max_size=40),
    HOLDERS,
)
def test_a_link_allows_what_was_signed_to_whom_it_was_signed(
    action: str, siren: str, subject: str, holder: Holder | None
) -> None:
    read = LINKS.read(token(action, siren, subject, holder), NOW)
    assert read == Link(action, siren, subject, LATER, holder)


def test_a_link_made_before_links_were_bound_is_still_read() -> None:
    fields = struct.pack(">BII", 6, 732829320, int(LATER.timestamp())) + b"a-plan"
    mac = hmac.digest("clé de test".encode(), b"parcours.link" + fields, "sha256")[:12]
    old = base64.urlsafe_b64encode(fields + mac).rstrip(b"=").decode()
    assert LINKS.read(old, NOW) == Link("reply", "732829320", "a-plan", LATER, None)


def test_a_link_is_short_enough_for_an_sms() -> None:
    assert LINKS.url("confirm", "732829320", LATER, holder=CONTACT).startswith("https://parcours.exemple.fr/l/")
    assert len(token()) <= 30
    assert len(token(holder=Holder(Recipient.ACCOUNTANT, 127))) <= 30
    assert len(token(subject="2026-10")) <= 60
    assert len(token(subject=uuid.uuid4().hex[:20])) <= 60


@given(st.data())
def test_a_link_changed_anywhere_is_refused(data: st.DataObject) -> None:
    good = token(subject="2026-10")
    place = data.draw(st.integers(0, len(good) - 1))
    other = data.draw(st.sampled_from(ALPHABET.replace(good[place], "")))
    with pytest.raises(BadLink):
        LINKS.read(good[:place] + other + good[place + 1 :], NOW)


@given(st.text(max_size=60))
def test_what_we_did_not_sign_is_refused(text: str) -> None:
    with pytest.raises(BadLink):
        LINKS.read(text, NOW)


def test_a_link_signed_with_another_key_is_refused() -> None:
    with pytest.raises(BadLink):
        Links("une autre", "https://parcours.exemple.fr").read(token(), NOW)


def test_a_link_expires_at_its_time() -> None:
    assert LINKS.read(token(), LATER - timedelta(seconds=1)).action == "confirm"
    with pytest.raises(ExpiredLink):
        LINKS.read(token(), LATER)


def test_an_unknown_action_has_no_link() -> None:
    with pytest.raises(KeyError):
        LINKS.url("payer", "732829320", LATER, holder=CONTACT)
