"""A town in the middle of a working day, and the addresses of everything the console shows of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from sqlalchemy import select, update

from db import deliveries, events, meetings, newsletters, stops, subscriptions
from db.meetings import Planned
from db.newsletters import Issue
from db.tables import messages, tasks
from db.tables import subscriptions as subscribed
from domain.requests import Ask
from domain.stops import Stop
from tests.web.console.town import ALICE, Town, at

RESTO = "Resto La Louche"


async def begin(town: Town) -> None:
    """A plan to decide, one countered, tasks late and soon, slots and meetings, deliveries, an event set aside."""
    await town.publish(*(at(day, hour) for day in (0, 1, 2, 3, 4, 7, 8, 9) for hour in (9, 10, 14, 16)))
    await town.ask_plan(town.firm(RESTO))
    await _counter(town)
    await _appointments(town)
    await _meetings(town)
    await _letters(town)
    await _tasks(town)
    await town.deliver()
    await _machines(town)


async def _counter(town: Town) -> None:
    garage = town.firm("Garage Piston")
    if not any(it.is_pending for it in (await town.journey(garage)).plans.values()):
        await town.ask_plan(garage)
    (asked,) = [it for it in (await town.journey(garage)).plans.values() if it.is_pending]
    drawn = [{"due_on": str(asked.instalments[-1].due_on), "amount": str(asked.debt)}]
    reply = await town.request(garage.siren, Ask.DECIDE_PLAN, plan=asked.id, decision="counter", instalments=drawn)
    assert reply.status == 200, reply


async def _appointments(town: Town) -> None:
    for name, rank in (("Boulangerie du Pont Neuf", 0), ("Taxi Étoile", 1), ("Jardins Vivaces", 3)):
        firm = town.firm(name)
        reply = await town.request(firm.siren, Ask.APPOINTMENT, kind="other")
        free = await town.free_slots()
        if reply.status == 201 and len(free) > rank:
            means = "phone" if firm.contact.phone else "video"
            await town.request(firm.siren, Ask.BOOK, appointment=reply.data["id"], slot=free[rank].id, format=means)


async def _meetings(town: Town) -> None:
    now, resto = datetime.now(UTC), town.firm(RESTO).siren
    on = at(20, 14).starts_at
    async with town.engine.begin() as connection:
        for name, kind, title, places in (
            ("m-1", "training", "Lire un bulletin de paie", 1),
            ("m-2", "partners", "Rencontre des partenaires de l'employeur", 40),
        ):
            planned = Planned(kind, title, "2 rue de la Paix, 75002 Paris", on, 90, places)
            await meetings.publish(connection, "urssaf-idf", name, planned, now)
            await meetings.register(connection, "urssaf-idf", name, resto, now)


async def _letters(town: Town) -> None:
    today = datetime.now(UTC).date() + timedelta(days=1)
    async with town.engine.begin() as connection:
        for name, sectors, days in (("n-1", [], 0), ("n-2", ["56"], 3), ("n-3", ["47", "10.71C"], 9)):
            issue = Issue("Ce qui change au 1er janvier", "Le taux baisse.", sectors, today + timedelta(days=days))
            await newsletters.plan(connection, "urssaf-idf", name, issue, today)
        await newsletters.hand_out(connection, "urssaf-idf", today, datetime.now(UTC))
        await newsletters.withdraw(connection, "urssaf-idf", "n-2")


async def _tasks(town: Town) -> None:
    now = datetime.now(UTC)
    offsets = (timedelta(hours=-5), timedelta(hours=2, minutes=5), timedelta(hours=7), timedelta(days=3))
    async with town.engine.begin() as connection:
        mine = select(tasks.c.id).where(tasks.c.organisation == "urssaf-idf", tasks.c.status == "open")
        ids = (await connection.scalars(mine.order_by(tasks.c.kind, tasks.c.id))).all()
        for rank, task in enumerate(ids):
            due_at, assignee = now + offsets[rank % 4] + timedelta(minutes=rank), None if rank % 5 == 4 else ALICE
            changed = update(tasks).where(tasks.c.id == task)
            await connection.execute(changed.values(due_at=due_at, assignee=assignee))


async def _machines(town: Town) -> None:
    url, wanted = "https://hooks.example.org/parcours", ["journey.started", "recovery.held"]
    new = subscriptions.NewSubscription(uuid4(), "urssaf-idf", url, wanted, "whsec_" + "a" * 32)
    orphan = events.NewEvent("/x", "e-1", "headcount.changed", "732829320", "urssaf-idf", datetime.now(UTC), {})
    async with town.engine.begin() as connection:
        await subscriptions.add(connection, new)
        stop = Stop("REM-2", "Montants faux dans le fichier du mois", datetime.now(UTC) + timedelta(days=2))
        await stops.open_stop(connection, uuid4(), "urssaf-idf", "claire.admin", stop)
        await deliveries.hand_out(connection, 1000)
        await events.store(connection, [orphan])
        seqs = [row.seq for row in await events.pending(connection, "732829320")]
        await events.settle(connection, seqs, "waiting", "waits for the account.opened event")


async def every_page(town: Town) -> dict[str, str]:
    """Each screen of the console, by name."""
    resto = town.firm(RESTO).siren
    async with town.engine.connect() as connection:
        task = await connection.scalar(select(tasks.c.id).where(tasks.c.siren == resto, tasks.c.kind == "call"))
        message = await connection.scalar(select(messages.c.id).where(messages.c.siren == resto).limit(1))
        subscription = await connection.scalar(select(subscribed.c.id))
    enterprise = f"/console/entreprises/{resto}"
    return {
        "journee": "/console/",
        "appel": f"/console/taches/{task}",
        "portefeuille": "/console/portefeuille",
        "entreprise": f"{enterprise}?historique&fait=note",
        "contre-proposition": f"/console/entreprises/{town.firm('Garage Piston').siren}",
        "pourquoi": f"{enterprise}/messages/{message}",
        "agenda": "/console/agenda",
        "reunions": "/console/reunions?fait=annonce",
        "lettres": "/console/lettres?fait=programmation",
        "encadrement": "/console/encadrement?confies=3",
        "administration": "/console/administration?agent=alice.martin",
        "suspensions": "/console/administration/arrets?fait=arret",
        "livraisons": f"/console/administration/abonnements/{subscription}?fait",
        "introuvable": "/console/entreprises/000000000",
    }
