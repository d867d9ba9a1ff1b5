"""Logs: structlog for our own code, the standard library's loggers through the same pipe, no personal data."""

from __future__ import annotations

import json
import logging
import re
import sys
from typing import Any, Literal

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

# Last line of defence: our own calls log ids only, but a library may put an address in an exception's text.
_MAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
_PHONE = re.compile(r"(?<!\d)(?:\+\d{2,3}[ \u00a0]?|0)[1-9](?:[ \u00a0\u202f./-]?\d{2}){4}(?!\d)")
_SHORTEST_PHONE = 10
_LINK = re.compile(r"/l/[\w.~=-]+")

_ENCODER = json.JSONEncoder(ensure_ascii=False, default=repr)


def configure(style: Literal["console", "json"], level: int = logging.INFO) -> None:
    """Send every log line to standard error, for a person (`console`) or for a collector (`json`)."""
    structlog.configure(
        processors=[*_shared(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    # Looked up for every line otherwise, and shown by none.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_formatter(style))
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for name in ("uvicorn", "uvicorn.error", "alembic"):
        library = logging.getLogger(name)
        library.handlers, library.propagate = [], True
        library.setLevel(logging.NOTSET)
    logging.getLogger("alembic.runtime.plugins").setLevel(logging.WARNING)
    logging.getLogger("alembic.runtime.migration").addFilter(_is_a_migration)


def _is_a_migration(record: logging.LogRecord) -> bool:
    """Alembic describes its context at every look; only the steps it takes are news."""
    return str(record.msg).startswith("Running")


def withhold_personal_data(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Mask mail addresses, French phone numbers and signed links in whatever text a line holds."""
    return {key: _withheld(value) for key, value in event.items()}


def _withheld(value: Any) -> Any:
    match value:
        case str():
            return _masked(value)
        case dict():
            return {key: _withheld(it) for key, it in value.items()}
        case list() | tuple():
            return [_withheld(it) for it in value]
    return value


def _masked(text: str) -> str:
    if "@" in text:
        text = _MAIL.sub("[mail]", text)
    if "/l/" in text:
        text = _LINK.sub("/l/[link]", text)
    return _PHONE.sub("[phone]", text) if len(text) >= _SHORTEST_PHONE else text


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _json(event: EventDict, **_: Any) -> str:
    return _ENCODER.encode(event)


def _formatter(style: Literal["console", "json"]) -> logging.Formatter:
    last: Processor = (
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
        if style == "console"
        else structlog.processors.JSONRenderer(_json)
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_shared(),
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            withhold_personal_data,
            last,
        ],
    )
