"""What somebody asks of a journey: its workflow decides, and answers once that is durable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auditing import about
from api.auth import Caller, Reader
from api.idempotency import Operation
from api.journeys.access import Dossier, open_dossier
from api.problems import Problem, unavailable
from api.services import Service, Services
from db import cases, notes, tables
from db.notes import Kept
from db.tenancy import as_organisation, holder
from domain.requests import Ask, Reply, Request
from workflows.client import NoAnswer, ask


@dataclass(frozen=True)
class Answered:
    """The journey as the answer left it, and the answer."""

    dossier: Dossier
    reply: Reply


class Asking:
    """A caller's request to one journey. The same operation asked again gets the same answer."""

    def __init__(self, services: Service, caller: Reader, operation: Operation) -> None:
        self._services: Services = services
        self._caller: Caller = caller
        self._operation = operation

    async def journey(self, siren: str, what: Ask, text: str | None = None, **data: Any) -> Answered:
        """Ask the journey of an enterprise; ``text`` is kept apart and only its id travels.

        Raises a 404 or 403 problem when it is not the caller's, what the rules answer (409 with the rule), 503 when
        no answer comes in time.
        """
        async with as_organisation(self._services.engine, self._caller.organisation) as connection:
            await open_dossier(self._services, connection, self._caller, siren)
            note = await self._kept(connection, siren, _subject(what, data), text)
        asked = {**data, "note": note and note.id, "by": self._caller.name}
        reply = await self._answer(siren, Request(str(self._operation), what, asked), note)
        async with as_organisation(self._services.engine, self._caller.organisation) as connection:
            return Answered(await open_dossier(self._services, connection, self._caller, siren), reply)

    async def case(self, case_id: str, family: str, what: Ask, text: str | None = None, **data: Any) -> Answered:
        """Ask the journey that a plan or an appointment belongs to, naming that case."""
        async with as_organisation(self._services.engine, self._caller.organisation) as connection:
            found = await cases.find(connection, case_id, family)
            if found is None and await holder(connection, tables.cases, id=case_id, family=family):
                raise Problem(403, f"This {family} belongs to another organisation: use one of its tokens.")
        if found is None:
            raise Problem(404, f"No such {family}: take its id from the journey.")
        return await self.journey(found.siren, what, text, **{family: case_id}, **data)

    async def _kept(self, connection: AsyncConnection, siren: str, subject: str, text: str | None) -> Kept | None:
        if not text:
            return None
        return await notes.keep(
            connection,
            operation=self._operation,
            siren=siren,
            organisation=self._caller.organisation,
            subject=subject,
            author=self._caller.name,
            text=text,
        )

    async def _answer(self, siren: str, request: Request, note: Kept | None) -> Reply:
        try:
            reply = await ask(self._services.temporal, siren, request)
        except NoAnswer:
            raise unavailable("The journey does not answer: send it again with the same Idempotency-Key.") from None
        if reply.status >= 400:
            await notes.forget(self._services.engine, note)
            slots = {"slots": reply.data["slots"]} if "slots" in reply.data else {}
            raise Problem(reply.status, reply.detail, rule=reply.rule, **slots)
        if made := reply.data.get("id"):
            about(str(made))
        return reply


def _subject(what: Ask, data: Mapping[str, Any]) -> str:
    """What a text is about: the request, and the case or the period it names."""
    named = (data[name] for name in ("plan", "appointment", "incident", "period") if name in data)
    return ":".join((what, *named))


Asked = Annotated[Asking, Depends()]
