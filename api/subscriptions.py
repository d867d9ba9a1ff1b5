"""Events out: who subscribes to them, and what became of each delivery."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy import Row

from activities.publishing import PREFIX, TYPES
from api import cursors
from api.auditing import about, shown
from api.auth import Sender
from api.idempotency import Idempotent, Operation
from api.paging import Cursor, Limit, cut
from api.problems import Fault, Problem, documented
from api.services import Service
from db import deliveries, subscriptions, tables
from db.tenancy import as_organisation, holder
from notifications.webhook.addresses import check_url
from notifications.webhook.signature import key_of

router = APIRouter(prefix="/v1/subscriptions", tags=["subscriptions"], route_class=Idempotent)
ONE = documented(400, 401, 403, 404)


def _known_type(value: str) -> str:
    name = value.removeprefix(PREFIX)
    if name not in TYPES:
        raise ValueError(f"not a type of event out: {', '.join(TYPES)}")
    return name


def _usable(secret: str) -> str:
    key_of(secret)
    return secret


class Subscribing(BaseModel):
    """What is wanted where. Deliveries are CloudEvents signed with the secret, as Standard Webhooks says."""

    model_config = ConfigDict(extra="forbid")

    url: Annotated[str, StringConstraints(max_length=2000, pattern=r"^[!-~]+$")] = Field(
        examples=["https://hooks.example.org/parcours"]
    )
    types: Annotated[list[Annotated[str, AfterValidator(_known_type)]], Field(min_length=1, max_length=50)] = Field(
        examples=[["journey.started", "plan.decided"]]
    )
    secret: Annotated[str, StringConstraints(max_length=200), AfterValidator(_usable)] = Field(
        examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], repr=False
    )


class Subscription(BaseModel):
    """A subscription; its secret is not shown again. `disabled_at`: its subscriber answered 410 and gets no more."""

    id: UUID
    url: str
    types: list[str]
    created_at: datetime
    disabled_at: datetime | None


class Subscriptions(BaseModel):
    """The subscriptions of an organisation."""

    items: list[Subscription]
    next_cursor: None = None


class Delivery(BaseModel):
    """One event for one subscriber; `outcome` is the last answer: an HTTP status or what went wrong."""

    id: UUID
    event: UUID
    type: str
    siren: str
    time: datetime
    status: Literal["pending", "delivered", "failed"]
    attempts: int
    outcome: str | None
    attempted_at: datetime | None
    next_at: datetime | None


class Deliveries(BaseModel):
    """A page of deliveries, newest first."""

    items: list[Delivery]
    next_cursor: str | None


async def _own(subscription: UUID, services: Service, caller: Sender) -> Row[Any]:
    async with as_organisation(services.engine, caller.organisation) as connection:
        if row := await subscriptions.find(connection, subscription):
            return row
        if await holder(connection, tables.subscriptions, id=subscription):
            raise Problem(403, "This subscription belongs to another organisation: use one of its tokens.")
    raise Problem(404, "No such subscription: take its id from /v1/subscriptions.")


Own = Annotated[Row[Any], Depends(_own)]


@router.post("", status_code=201, responses=documented(400, 401, 403, 413))
async def subscribe(body: Subscribing, services: Service, caller: Sender, operation: Operation) -> Subscription:
    """Receive the organisation's events of some types from now on, in order for each enterprise, at least once.

    `journey.started` comes as the CloudEvents type `fr.urssaf.parcours.journey.started`: compare with that.
    """
    try:
        url = check_url(body.url, services.settings.webhook_hosts)
    except ValueError as error:
        raise Problem(
            400, "Correct what `errors` names and send it again.", errors=[Fault("/url", str(error))]
        ) from None
    types = list(dict.fromkeys(body.types))
    about(str(operation))
    secret = services.seal.close(body.secret)
    new = subscriptions.NewSubscription(operation, caller.organisation, url, types, secret)
    async with as_organisation(services.engine, caller.organisation) as connection:
        return _subscription(await subscriptions.add(connection, new), services.zone(caller.organisation))


def _subscription(row: Row[Any], zone: ZoneInfo) -> Subscription:
    return Subscription(
        id=row.id,
        url=row.url,
        types=row.types,
        created_at=row.created_at.astimezone(zone),
        disabled_at=row.disabled_at and row.disabled_at.astimezone(zone),
    )


@router.get("", responses=documented(401, 403))
async def list_subscriptions(services: Service, caller: Sender) -> Subscriptions:
    """The organisation's subscriptions."""
    async with as_organisation(services.engine, caller.organisation) as connection:
        rows = await subscriptions.of_organisation(connection, caller.organisation)
    return Subscriptions(items=shown([_subscription(row, services.zone(caller.organisation)) for row in rows]))


@router.delete("/{subscription}", status_code=204, responses=ONE)
async def unsubscribe(own: Own, services: Service) -> Response:
    """Receive nothing more; what was not delivered is dropped."""
    async with as_organisation(services.engine, own.organisation) as connection:
        await subscriptions.remove(connection, own.id)
    return Response(status_code=204)


@router.post("/{subscription}/enable", responses=ONE)
async def enable_subscription(own: Own, services: Service) -> Subscription:
    """Deliver again what happens from now on, after the subscriber answered 410; what failed may be replayed."""
    async with as_organisation(services.engine, own.organisation) as connection:
        row = await subscriptions.enable(connection, own.id)
    if row is None:
        raise Problem(404, "No such subscription: take its id from /v1/subscriptions.")
    return _subscription(row, services.zone(own.organisation))


@router.get("/{subscription}/deliveries", responses=ONE)
async def list_deliveries(
    own: Own,
    services: Service,
    status: Annotated[Literal["pending", "delivered", "failed"] | None, Query()] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Deliveries:
    """What was delivered, is to be, or failed after three days of attempts."""
    before = cursors.number(cursor) if cursor else None
    async with as_organisation(services.engine, own.organisation) as connection:
        rows = await deliveries.page(connection, own.id, status, before, limit + 1)
    rows, last = cut(rows, limit)
    zone = services.zone(own.organisation)
    items = shown([_delivery(row, zone) for row in rows])
    return Deliveries(items=items, next_cursor=last and cursors.encode(last.seq))


@router.post("/{subscription}/deliveries/{delivery}/replay", status_code=202, responses=ONE)
async def replay_delivery(own: Own, delivery: UUID, services: Service) -> Delivery:
    """Deliver an event again, from the first attempt on."""
    async with as_organisation(services.engine, own.organisation) as connection:
        row = await deliveries.replay(connection, own.id, delivery)
    if row is None:
        raise Problem(404, "No such delivery: take its id from the subscription's deliveries.")
    return _delivery(row, services.zone(own.organisation))


def _delivery(row: Row[Any], zone: ZoneInfo) -> Delivery:
    names = ("id", "event", "type", "siren", "status", "attempts", "outcome")
    return Delivery(
        **{name: getattr(row, name) for name in names},
        time=row.time.astimezone(zone),
        attempted_at=row.attempted_at and row.attempted_at.astimezone(zone),
        next_at=row.next_at.astimezone(zone) if row.status == "pending" else None,
    )
