"""A form that was refused, kept for whoever filled it in: reloading its page loses nothing of what was typed.

It stays in the browser that sent it, sealed, for the address of that page alone, never in the address itself.
"""

from __future__ import annotations

import json
import zlib
from base64 import b64decode, b64encode
from datetime import timedelta

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from config.sealing import MARK, Seal
from web.desk import Desk

NAME = "parcours-form"
KEPT_FOR = timedelta(hours=1)
ROOM = 3800
"""Bytes of a cookie that every browser takes."""

REFUSED = (409, 422)


class KeptForms:
    """What was typed, beside the page it was typed on."""

    def __init__(self, desk: Desk) -> None:
        self._seal = Seal(desk.settings.secret_key)
        self._secure = desk.settings.public_url.startswith("https://")

    def note(self, request: Request, response: Response, form: FormData) -> None:
        """Keep a form that was refused, as far as there is room; forget it once it was taken."""
        path = request.url.path
        value = self._written(form) if response.status_code in REFUSED else ""
        if value and len(value) <= ROOM:
            seconds = int(KEPT_FOR.total_seconds())
            response.set_cookie(NAME, value, seconds, path=path, secure=self._secure, httponly=True, samesite="lax")
        elif NAME in request.cookies:
            response.delete_cookie(NAME, path, secure=self._secure, httponly=True, samesite="lax")

    def read(self, request: Request) -> FormData | None:
        """The form refused last at this address; None when there is none, or it is not one of ours."""
        sealed = request.cookies.get(NAME)
        opened = self._seal.open_or_none(MARK + sealed) if sealed else None
        return FormData(json.loads(zlib.decompress(b64decode(opened)))) if opened else None

    def _written(self, form: FormData) -> str:
        fields = [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
        packed = b64encode(zlib.compress(json.dumps(fields).encode(), 9)).decode()
        return self._seal.close(packed).removeprefix(MARK)
