"""The HTTP client given to Twilio's SDK: bounded in time, silent, safe in threads, exact about what left.

The SDK's own client logs recipients' numbers, drops Retry-After and keeps its last response on itself, so that two
threads may read each other's answer.
"""

import logging
import ssl
from collections.abc import Iterator, Mapping
from datetime import timedelta
from socket import gaierror

import requests
from requests.adapters import HTTPAdapter
from twilio.http import HttpClient  # type: ignore[import-untyped]
from twilio.http.response import Response  # type: ignore[import-untyped]
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from notifications.ports import OutcomeUnknown, TryLater
from notifications.retry_after import retry_after

NEVER_CONNECTED = (
    ConnectTimeoutError,
    NewConnectionError,
    ConnectionRefusedError,
    gaierror,
    ssl.SSLCertVerificationError,
)
GATEWAY = frozenset({502, 504})

# urllib3 logs whole URLs, and a search by recipient has the number in it.
logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)


class TwilioHttp(HttpClient):  # type: ignore[misc]
    """Raises TryLater and OutcomeUnknown itself; leaves refusals to the SDK."""

    def __init__(self, timeout: timedelta) -> None:
        super().__init__(logging.getLogger(__name__), is_async=False, timeout=timeout.total_seconds())
        self._session = requests.Session()
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, HTTPAdapter(pool_maxsize=32))

    def request(
        self,
        method: str,
        url: str,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """Make one request, never repeated."""
        try:
            response = self._session.request(
                method,
                url,
                params,
                data,
                headers,
                auth=auth,
                timeout=timeout or self.timeout,
                allow_redirects=allow_redirects,
            )
        except requests.RequestException as error:
            raise _failure(error) from None
        _check_available(response)
        return Response(response.status_code, response.text, response.headers)


def _failure(error: requests.RequestException) -> TryLater | OutcomeUnknown:
    if any(isinstance(cause, NEVER_CONNECTED) for cause in _causes(error)):
        return TryLater("connection", "Twilio could not be reached")
    return OutcomeUnknown("no answer from Twilio")


def _causes(error: object) -> Iterator[BaseException]:
    """An exception and all it wraps: requests and urllib3 nest theirs in `args` and `reason`."""
    if not isinstance(error, BaseException):
        return
    yield error
    for inner in (*error.args, getattr(error, "reason", None), error.__cause__):
        yield from _causes(inner)


def _check_available(response: requests.Response) -> None:
    if response.status_code in GATEWAY:
        raise OutcomeUnknown(f"a gateway answered {response.status_code} for Twilio")
    if response.status_code == 429 or response.status_code >= 500:
        code = "20429" if response.status_code == 429 else str(response.status_code)
        raise TryLater(code, "Twilio is not available", retry_after(response.headers.get("Retry-After")))
