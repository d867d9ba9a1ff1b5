"""Agents, written by their supervisor."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator
from sqlalchemy import Row

from activities import staffing
from activities.inbound.schemas import Day, Mail
from api.auditing import shown
from api.auth import Reader, Supervisor
from api.identifiers import AgentName, Line
from api.problems import documented
from api.services import Service
from db.roster import Profile, members
from db.tenancy import as_organisation
from domain.texts import room_address

router = APIRouter(prefix="/v1/agents", tags=["agents"])


class Absence(BaseModel):
    """Days away, both included."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    first: Day = Field(alias="from")
    last: Day = Field(alias="to")

    @model_validator(mode="after")
    def _in_order(self) -> Absence:
        if self.last < self.first:
            raise ValueError("`to` is before `from`")
        return self


VideoLink = Annotated[str, StringConstraints(max_length=300), AfterValidator(room_address)]


class AgentProfile(BaseModel):
    """Who an agent is; only a trained one becomes a referent (ENR-3)."""

    model_config = ConfigDict(extra="forbid")

    name: Line = Field(examples=["Alice Martin"])
    email: Mail | None = None
    phone: Annotated[str, StringConstraints(pattern=r"^\+?[0-9 .]{4,20}$")] | None = None
    trained: bool = True
    absences: Annotated[list[Absence], Field(max_length=200)] = []
    video_link: VideoLink | None = Field(default=None, description="Where the agent is met by video (APT-6).")


class Agent(BaseModel):
    """An agent, as written here or at the console, and the weight of his or her portfolio."""

    agent: str
    organisation: str
    name: str
    email: str | None
    phone: str | None
    trained: bool
    absences: list[Absence]
    video_link: str | None
    weight: int


class Agents(BaseModel):
    """The agents of an organisation."""

    items: list[Agent]
    next_cursor: None = None


@router.get("", responses=documented(401, 403))
async def list_agents(services: Service, caller: Reader) -> Agents:
    """The organisation's agents."""
    async with as_organisation(services.engine, caller.organisation) as connection:
        return Agents(items=shown([_shown(row) for row in await members(connection, caller.organisation)]))


@router.put("/{agent}", responses=documented(400, 401, 403, 413))
async def write_agent(
    agent: Annotated[AgentName, Path(examples=["alice.martin"])],
    profile: AgentProfile,
    services: Service,
    caller: Supervisor,
) -> Agent:
    """Write an agent whole. One who is no longer trained, or away for long, leaves the portfolio to others (ENR-3).

    Journeys whose booked appointment falls on a day away are told, as are those whose agent is back (APT-2).
    """
    absences = [absence.model_dump(mode="json", by_alias=True) for absence in profile.absences]
    written = Profile(profile.name, profile.email, profile.phone, profile.trained, absences, profile.video_link)
    policy, now = services.policies[caller.organisation], datetime.now(UTC)
    async with as_organisation(services.engine, caller.organisation) as connection:
        row = await staffing.write_agent(connection, policy, agent, written, now)
    return _shown(row)


def _shown(row: Row[Any]) -> Agent:
    return Agent.model_validate(dict(row._mapping))
