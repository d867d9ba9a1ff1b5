"""What an administrator sees and changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from db import deliveries, events, subscriptions
from db.tables import agents
from db.tables import deliveries as delivered
from db.tables import events as inbox
from tests.web.console.conftest import Browser
from tests.web.console.town import Town

PATH = "/console/administration"
PROFILE = {"agent": "nora.ziani", "name": "Nora Ziani", "email": "nora@example.org", "phone": "01 99 00 12 04"}


@pytest.fixture
def admin(sign_in: Callable[..., Browser]) -> Browser:
    return sign_in("admin", agent=None)


async def _subscribe(town: Town, organisation: str = "urssaf-idf") -> UUID:
    """A subscription that has something to be delivered."""
    wanted = ["journey.started", "recovery.held"]
    new = subscriptions.NewSubscription(
        uuid4(), organisation, "https://hooks.example.org/x", wanted, "whsec_" + "a" * 32
    )
    async with town.engine.begin() as connection:
        await subscriptions.add(connection, new)
        await deliveries.hand_out(connection, 1000)
    return new.id


async def test_agents_organisations_and_what_is_set_aside_are_listed(admin: Browser, town: Town) -> None:
    page = await admin.read(PATH)
    for words in ("Alice Martin", "Urssaf Rhône-Alpes", "Aucun système n'est abonné"):
        assert words in page
    assert "Inès Garcia" not in page


async def test_an_agent_is_added_then_changed(admin: Browser, town: Town) -> None:
    assert (await admin.send(PATH, **PROFILE, trained="oui")).status_code == 303
    assert 'value="Nora Ziani"' in await admin.read(f"{PATH}?agent=nora.ziani")
    await admin.send(PATH, **{**PROFILE, "name": "Nora Ziani-Roux"})
    async with town.engine.connect() as connection:
        row = (await connection.execute(select(agents).where(agents.c.agent == "nora.ziani"))).one()
    assert (row.name, row.organisation, row.trained) == ("Nora Ziani-Roux", "urssaf-idf", False)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"agent": "Nora Ziani"}, "minuscules"),
        ({"name": " "}, "nom"),
        ({"name": "N" * 201}, "200 caractères au plus"),
        ({"name": "Nora\x07Ziani"}, "le nom"),
        ({"name": "Nora\nZiani"}, "sur une ligne"),
        ({"email": "nora"}, "mail"),
        ({"email": "n" * 200 + "@example.org"}, "200 caractères au plus"),
        ({"email": "no\x07ra@example.org"}, "mail"),
        ({"phone": "x"}, "numéro"),
    ],
)
async def test_a_wrong_field_is_named_and_the_others_stay(admin: Browser, wrong: dict[str, str], words: str) -> None:
    answer = await admin.send(PATH, **{**PROFILE, **wrong})
    assert answer.status_code == 422
    assert words in answer.text
    assert "01 99 00 12 04" in answer.text or "phone" in wrong


async def test_an_event_that_waits_says_why(admin: Browser, town: Town) -> None:
    orphan = events.NewEvent("/x", "e-1", "headcount.changed", "732829320", "urssaf-idf", datetime.now(UTC), {})
    async with town.engine.begin() as connection:
        await events.store(connection, [orphan])
        seqs = [row.seq for row in await events.pending(connection, "732829320")]
        await events.settle(connection, seqs, "waiting", "waits for the account.opened event")
    page = await admin.read(PATH)
    assert "Nouvel effectif" in page
    assert "en attente du compte" in page
    assert "attend l'ouverture du compte" in page


async def _set_aside(town: Town, siren: str) -> int:
    odd = events.NewEvent("/x", "e-9", "comet.seen", siren, "urssaf-idf", datetime.now(UTC), {})
    async with town.engine.begin() as connection:
        await events.store(connection, [odd])
    await town.catch_up(siren)
    async with town.engine.connect() as connection:
        return int(await connection.scalar(select(inbox.c.seq).where(inbox.c.id == "e-9")) or 0)


async def test_an_event_set_aside_is_on_the_file_and_applied_again_or_refused(admin: Browser, town: Town) -> None:
    siren = town.firms[0].siren
    number = await _set_aside(town, siren)
    file = await admin.read(f"/console/entreprises/{siren}")
    assert "Événements mis de côté" in file
    assert "comet.seen" in file
    path = f"{PATH}/evenements/{number}"
    page = await admin.read(PATH)
    assert path in page
    assert "no type comet.seen is known to this version" in page
    assert "Indiquez pourquoi" in (await admin.send(path, action="refus", motif=" ")).text
    assert (await admin.send(path, action="reprise")).headers["location"] == f"{PATH}?fait=reprise#evenements"
    await town.catch_up(siren)
    assert (await admin.send(path, action="refus", motif="Type\u00a0retiré")).status_code == 303
    assert "Type retiré" in await admin.read(PATH)
    assert "quelqu&#39;un a déjà décidé" in (await admin.send(path, action="reprise")).text
    assert (await admin.send(f"{PATH}/evenements/999999", action="reprise")).status_code == 404
    assert "Événements mis de côté" not in await admin.read(f"/console/entreprises/{siren}")


async def test_a_delivery_is_replayed(admin: Browser, town: Town) -> None:
    subscription = await _subscribe(town)
    async with town.engine.begin() as connection:
        first = await connection.scalar(select(delivered.c.id).limit(1))
        assert first
        await deliveries.settle(connection, first, "failed", "500")
    path = f"{PATH}/abonnements/{subscription}"
    assert "échoué" in await admin.read(path)
    assert (await admin.send(path, delivery=str(first))).status_code == 303
    async with town.engine.connect() as connection:
        assert await connection.scalar(select(delivered.c.status).where(delivered.c.id == first)) == "pending"
    assert (await admin.send(path, delivery=str(uuid4()))).status_code == 404


async def test_the_subscription_of_another_organisation_does_not_exist(admin: Browser, town: Town) -> None:
    subscription = await _subscribe(town, "urssaf-rhone-alpes")
    assert (await admin.client.get(f"{PATH}/abonnements/{subscription}")).status_code == 404
    assert (await admin.send(f"{PATH}/abonnements/{subscription}", delivery=str(uuid4()))).status_code == 404


async def test_administrators_see_every_letter_as_it_is_read(admin: Browser) -> None:
    assert "Toutes les lettres" in await admin.read(f"{PATH}/lettres-types")
