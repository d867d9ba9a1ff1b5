"""The connection to Temporal: the data converter, encrypted payloads, patience while it starts."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import structlog
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from pydantic import SecretStr
from temporalio.api.common.v1 import Payload
from temporalio.client import Client, Interceptor
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import DataConverter, DefaultFailureConverterWithEncodedAttributes, PayloadCodec
from temporalio.runtime import Runtime
from temporalio.service import RPCError

from config.errors import OperatorError
from config.settings import Settings

ENCRYPTED = b"binary/encrypted"
PAUSE = timedelta(seconds=1)

log = structlog.stdlib.get_logger("parcours.temporal")


class TemporalUnreachable(OperatorError):
    """Temporal does not answer at the address it was given."""


class FernetCodec(PayloadCodec):
    """Encrypts payloads with the first key, decrypts with any of them (rotation)."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._fernet = MultiFernet([Fernet(key.strip()) for key in keys])

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Wrap each payload whole, its metadata included."""
        return [self._encrypted(payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Unwrap; what was written before a key was configured passes through."""
        return [self._decrypted(payload) for payload in payloads]

    def _encrypted(self, payload: Payload) -> Payload:
        return Payload(metadata={"encoding": ENCRYPTED}, data=self._fernet.encrypt(payload.SerializeToString()))

    def _decrypted(self, payload: Payload) -> Payload:
        if payload.metadata.get("encoding") != ENCRYPTED:
            return payload
        try:
            return Payload.FromString(self._fernet.decrypt(payload.data))
        except InvalidToken:
            raise OperatorError("a payload was encrypted with a key that PARCOURS_PAYLOAD_KEY lacks: add it") from None


def data_converter(payload_key: SecretStr | None) -> DataConverter:
    """Dates and decimals through pydantic; encrypted, error messages too, once a key is configured."""
    if payload_key is None:
        return pydantic_data_converter
    return replace(
        pydantic_data_converter,
        payload_codec=FernetCodec(payload_key.get_secret_value().split(",")),
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )


async def connect(
    address: str,
    namespace: str,
    *,
    api_key: SecretStr | None = None,
    payload_key: SecretStr | None = None,
    patience: timedelta | None = None,
    runtime: Runtime | None = None,
    interceptors: Sequence[Interceptor] = (),
    lazy: bool = False,
) -> Client:
    """Client of `namespace`, waited for as long as `patience` (for ever when None), then TemporalUnreachable.

    A `lazy` one is given at once and connects with its first call, which raises RuntimeError as long as it cannot;
    no worker takes it.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + patience.total_seconds() if patience is not None else float("inf")
    while True:
        try:
            return await Client.connect(
                address,
                namespace=namespace,
                api_key=api_key.get_secret_value() if api_key else None,
                tls=api_key is not None,
                data_converter=data_converter(payload_key),
                runtime=runtime,
                interceptors=interceptors,
                lazy=lazy,
            )
        except (RuntimeError, RPCError):
            if loop.time() >= deadline:
                raise TemporalUnreachable(
                    f"Temporal does not answer at {address}: start it, or correct PARCOURS_TEMPORAL_ADDRESS"
                ) from None
        log.warning("Temporal does not answer yet, trying again", address=address)
        await asyncio.sleep(PAUSE.total_seconds())


async def connect_with(
    settings: Settings,
    *,
    patience: timedelta | None = None,
    runtime: Runtime | None = None,
    interceptors: Sequence[Interceptor] = (),
    lazy: bool = False,
) -> Client:
    """Client as the settings say; `temporal_address` must be known."""
    if settings.temporal_address is None:
        raise OperatorError("PARCOURS_TEMPORAL_ADDRESS is not set: set it, or run everything with `parcours up`")
    return await connect(
        settings.temporal_address,
        settings.temporal_namespace,
        api_key=settings.temporal_api_key,
        payload_key=settings.payload_key,
        patience=patience,
        runtime=runtime,
        interceptors=interceptors,
        lazy=lazy,
    )
