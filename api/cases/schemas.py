"""What is asked about cases. Amounts are euros as decimal strings."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

from activities.inbound.schemas import Account, Amount, Day, PeriodText
from api.identifiers import Text
from domain.rules.plans import PIECES

Format = Literal["in_person", "phone", "video", "on_site"]
CaseId = Annotated[str, Field(pattern=r"^[!-~]{1,60}$")]


class Body(BaseModel):
    """Base of all: an unknown field is an error."""

    model_config = ConfigDict(extra="forbid")

    def plain(self) -> dict[str, Any]:
        """JSON values, without what was not said nor the texts, which are kept apart."""
        return self.model_dump(mode="json", exclude_none=True, exclude={"note", "reason"})


class Difficulty(Body):
    """A difficulty announced before any due date (INC-1)."""

    period: PeriodText = Field(examples=["2026-01"])
    account: Account | None = None
    note: Text | None = None


class Promise(Body):
    """A promise to pay on a day (INC-9)."""

    incident: CaseId
    on: Day
    note: Text | None = None


class Mediation(Body):
    """How the case was handled, in the words of who asks (MED-1)."""

    note: Text


class InstalmentAsked(Body):
    """One payment."""

    due_on: Day
    amount: Annotated[Amount, Field(gt=0)] = Field(examples=["310.12"])


Instalments = Annotated[list[InstalmentAsked], Field(max_length=60)]


class PlanAsked(Body):
    """A payment plan asked for (PLN-1)."""

    period: PeriodText = Field(examples=["2026-01"])
    instalments: Annotated[Instalments, Field(min_length=1)]
    account: Account | None = None
    reason: Text | None = None


class Decision(Body):
    """The organisation's answer (PLN-4); a counter-proposal has instalments, a refusal a reason (PLN-5)."""

    decision: Literal["accept", "refuse", "counter"]
    instalments: Instalments | None = None
    reason: Text | None = None


class PlanReply(Body):
    """The enterprise's answer to a counter-proposal."""

    accepted: bool


def _known_piece(value: str) -> str:
    if value not in PIECES:
        raise ValueError(f"must be one of: {', '.join(PIECES)}")
    return value


PieceName = Annotated[str, AfterValidator(_known_piece), WithJsonSchema({"type": "string", "enum": list(PIECES)})]


class Piece(Body):
    """A piece the enterprise owes, or has given (PLN-3)."""

    piece: PieceName
    received: bool


class AppointmentAsked(Body):
    """An appointment asked for (APT-1)."""

    kind: Literal["initial", "priority", "legal_security", "threshold", "other"]
    format: Format | None = None


class Booking(Body):
    """The slot chosen, from `GET /v1/slots`."""

    slot: CaseId
    format: Format | None = None


class NewSlot(Body):
    """Another slot for a booked appointment."""

    slot: CaseId


class Cancellation(Body):
    """Why an appointment is cancelled."""

    reason: Text | None = None


class Held(Body):
    """How an appointment went."""

    status: Literal["held", "missed"]
    note: Text | None = None
