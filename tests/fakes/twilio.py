"""Twilio's Messages API, as far as it refuses, accepts, forgets and calls back."""

import base64
import re
import uuid
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from tests.fakes.openapi import description, problem
from tests.fakes.server import Answer, FakeProvider

PATH = "/2010-04-01/Accounts/{account}/Messages.json"
NUMBER = re.compile(r"\+[1-9]\d{7,14}")


class FakeTwilio(FakeProvider):
    """`accepted` holds `sid`, `to`, `from`, `body`, `status`, `status_callback`, `validity_period`, `date_created`."""

    def __init__(self, account_sid: str = "AC" + "0" * 32, auth_token: str = "jeton-de-test") -> None:
        super().__init__()
        self.account_sid, self.auth_token = account_sid, auth_token
        self._api = description("twilio_messages", self.base_url)

    def routes(self) -> list[Route]:
        return [Route(PATH, self._create, methods=["POST"]), Route(PATH, self._list, methods=["GET"])]

    async def callback(
        self, sid: str, status: str, code: int | str | None = None, url: str | None = None
    ) -> httpx.Response:
        """Post a signed status callback, where the letter asked for it unless `url` is given."""
        [letter] = [letter for letter in self.accepted if letter["sid"] == sid]
        letter["status"] = status
        url, form = url or str(letter["status_callback"]), self.form(sid, status, code)
        async with httpx.AsyncClient() as client:
            return await client.post(url, data=form, headers={"X-Twilio-Signature": self.sign(url, form)})

    def form(self, sid: str, status: str, code: int | str | None = None) -> dict[str, str]:
        form = {"MessageSid": sid, "SmsSid": sid, "MessageStatus": status, "SmsStatus": status}
        form |= {"AccountSid": self.account_sid, "ApiVersion": "2010-04-01"}
        return form | ({"ErrorCode": str(code)} if code else {})

    def sign(self, url: str, form: dict[str, str]) -> str:
        return str(RequestValidator(self.auth_token).compute_signature(url, form))

    async def _create(self, request: Request) -> Response:
        refusal = await self._refusal(request)
        if refusal is not None:
            return refusal
        form = {key: str(value) for key, value in (await request.form()).items()}
        return await self.scripted(request, lambda: self._accept(form)) or self._created(form)

    def _created(self, form: dict[str, str]) -> Response:
        return JSONResponse(self._resource(self._accept(form)), 201)

    async def _refusal(self, request: Request) -> Response | None:
        expected = base64.b64encode(f"{self.account_sid}:{self.auth_token}".encode()).decode()
        if request.headers.get("Authorization") != f"Basic {expected}":
            return self.error(Answer(401, 20003))
        if reason := await problem(self._api, request):
            return self.error(Answer(400, 21100, message=reason))
        form = await request.form()
        if request.method == "POST" and not NUMBER.fullmatch(str(form["To"])):
            return self.error(Answer(400, 21211, message=f"The 'To' number {form['To']} is not valid."))
        return None

    def error(self, answer: Answer) -> Response:
        headers = {"Retry-After": str(answer.retry_after)} if answer.retry_after is not None else {}
        body = {"code": answer.code, "message": answer.message, "more_info": "", "status": answer.status}
        return JSONResponse(body, answer.status, headers=headers)

    def _accept(self, form: dict[str, str]) -> dict[str, Any]:
        letter = {
            "sid": "SM" + uuid.uuid4().hex,
            "to": form["To"],
            "from": form["From"],
            "body": form["Body"],
            "status": "queued",
            "status_callback": form.get("StatusCallback"),
            "validity_period": int(form["ValidityPeriod"]),
            "date_created": datetime.now(UTC),
        }
        self.accepted.append(letter)
        return letter

    def _resource(self, letter: dict[str, Any]) -> dict[str, Any]:
        fields = {key: letter[key] for key in ("sid", "to", "from", "body", "status")}
        created = format_datetime(letter["date_created"])
        return fields | {"account_sid": self.account_sid, "date_created": created, "date_sent": None}

    async def _list(self, request: Request) -> Response:
        refusal = await self._refusal(request)
        if refusal is not None:
            return refusal
        to, by_date = request.query_params.get("To"), any("Date" in name for name in request.query_params)
        # Nothing has left Twilio's queue here: a filter by the date sent finds nothing.
        found = [letter for letter in self.accepted if letter["to"] == to and not by_date]
        messages = [self._resource(letter) for letter in reversed(found)]
        return JSONResponse({"messages": messages, "next_page_uri": None, "page_size": 50, "page": 0})
