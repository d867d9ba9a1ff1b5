"""The providers at their HTTP edge: every letter is accepted at once; who, when and what is remembered."""

from __future__ import annotations

import sys
from hashlib import blake2b
from time import time
from uuid import uuid4

from aiohttp import web

from config.embedded.ports import LOOPBACK

Accepted = tuple[float, str, str, str]


class Edge:
    """What was accepted since the last reset: instant, channel, recipient, digest of the text."""

    def __init__(self) -> None:
        self.accepted: list[Accepted] = []
        self._texts: dict[str, list[dict[str, str]]] = {}

    def application(self) -> web.Application:
        """The two providers' addresses, and the benchmark's own."""
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_post("/2010-04-01/Accounts/{account}/Messages.json", self._sms)
        app.router.add_get("/2010-04-01/Accounts/{account}/Messages.json", self._list)
        app.router.add_post("/v3/mail/send", self._mail)
        app.router.add_get("/accepted", self._accepted)
        app.router.add_get("/counts", self._counts)
        app.router.add_post("/reset", self._reset)
        return app

    async def _sms(self, request: web.Request) -> web.Response:
        form = await request.post()
        sid = "SM" + uuid4().hex
        self._take("sms", str(form["To"]), str(form["Body"]))
        body = {"sid": sid, **{key.lower(): str(form[key]) for key in ("To", "From", "Body")}, "status": "queued"}
        self._texts.setdefault(body["to"], []).append(body)
        return web.json_response(body, status=201)

    async def _mail(self, request: web.Request) -> web.Response:
        mail = await request.json()
        to = mail["personalizations"][0]["to"][0]["email"]
        self._take("mail", to, mail["content"][0]["value"])
        return web.Response(status=202, headers={"X-Message-Id": uuid4().hex[:22]})

    def _take(self, channel: str, to: str, text: str) -> None:
        self.accepted.append((time(), channel, to, blake2b(text.encode(), digest_size=8).hexdigest()))

    async def _list(self, request: web.Request) -> web.Response:
        found = self._texts.get(request.query["To"], [])
        return web.json_response({"messages": found, "next_page_uri": None, "page_size": 100, "page": 0})

    async def _accepted(self, _: web.Request) -> web.Response:
        return web.json_response(self.accepted)

    async def _counts(self, _: web.Request) -> web.Response:
        return web.json_response({"accepted": len(self.accepted)})

    async def _reset(self, _: web.Request) -> web.Response:
        self.accepted.clear()
        self._texts.clear()
        return web.Response(status=204)


if __name__ == "__main__":
    web.run_app(Edge().application(), host=LOOPBACK, port=int(sys.argv[1]), access_log=None, print=None)
