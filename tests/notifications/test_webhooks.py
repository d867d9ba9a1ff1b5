from __future__ import annotations

import base64
import socket
from datetime import UTC, datetime
from typing import Any

import pytest

from notifications.webhook.addresses import check_url, is_public
from notifications.webhook.sender import Outcome, Webhook, WebhookSender
from notifications.webhook.signature import key_of, signed
from tests.fakes.server import Answer, Drop, Hang
from tests.fakes.subscriber import SECRET, FakeSubscriber

LOCAL = frozenset({"127.0.0.1"})
INSIDE = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "::1",
    "fe80::1%eth0",
    "fd00::1",
    "::ffff:127.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
]


def webhook(url: str) -> Webhook:
    return Webhook("e-1", url, b'{"id": "e-1"}', SECRET)


def test_a_delivery_is_signed_as_the_specification_shows() -> None:
    at = datetime.fromtimestamp(1614265330, UTC)
    headers = signed(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}')
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert headers["webhook-timestamp"] == "1614265330"


@pytest.mark.parametrize("secret", ["", "whsec_", "not base64!", base64.b64encode(b"short").decode(), "A" * 100])
def test_a_secret_that_signs_nothing_is_refused(secret: str) -> None:
    with pytest.raises(ValueError, match=r"not a secret|bytes are needed"):
        key_of(secret)


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["9.9.9.9", "2620:fe::fe", "::ffff:9.9.9.9"])
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://hooks.example.org/",
        "https:///path",
        "hooks.example.org",
        "https://user@hooks.example.org/",
        "https://hooks.example.org/#part",
        "https://hooks.example.org:0/",
        "https://hooks.example.org:99999/",
        "http://hooks.example.org/",
        "https://10.0.0.1/",
        "https://[::1]/",
        "https://\uff11\uff12\uff17.0.0.1/",
        "https://hooks.example.org:\uff14\uff14\uff13/",
        "https://b\u00fccher.example/",
        "https://hooks.example.org/a b",
        "https://hooks.exam\nple.org/",
    ],
)
def test_a_url_that_no_webhook_should_reach_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"write https|use https|public Internet|write it in ASCII"):
        check_url(url, LOCAL)


@pytest.mark.parametrize("url", ["https://hooks.example.org:8443/a?b=c", "http://127.0.0.1:9999/hook"])
def test_a_public_or_an_allowed_host_may_be_subscribed(url: str) -> None:
    assert check_url(url, LOCAL) == url


async def test_a_name_that_leads_inside_is_refused_when_it_is_resolved(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(*_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in ("9.9.9.9", "10.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    async with WebhookSender(LOCAL) as sender:
        for url in ("https://rebound.example/", "https://10.0.0.1/", "https://[::ffff:7f00:1]/"):
            assert await sender.send(webhook(url)) == Outcome(False, "address refused")


async def test_what_a_receiver_or_the_network_does_is_an_outcome() -> None:
    async with FakeSubscriber() as receiver, WebhookSender(LOCAL, patience_seconds=0.3) as sender:
        receiver.script(Answer(500), Hang(), Drop())
        said = [(await sender.send(webhook(receiver.url))).said for _ in range(4)]
        assert said == ["500", "timeout", "ServerDisconnectedError", "204"]
        moved = await sender.send(webhook(f"{receiver.base_url}/moved"))
        assert moved == Outcome(False, "307")
        assert len(receiver.accepted) == 2
    async with WebhookSender(LOCAL) as sender:
        assert await sender.send(webhook(receiver.url)) == Outcome(False, "ClientConnectorError")
