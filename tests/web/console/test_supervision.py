"""What a supervisor sees and decides."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from db.tables import events, journeys, messages
from domain.policy import decided
from tests.domain.rules.life import POLICIES
from tests.web.console.conftest import Browser
from tests.web.console.town import Town, at
from web.console.parameters import LABELS

PATH = "/console/encadrement"


@pytest.fixture
def chief(sign_in: Callable[..., Browser]) -> Browser:
    return sign_in("supervisor", agent=None)


async def _followed(town: Town, agent: str) -> list[str]:
    mine = select(journeys.c.siren).where(journeys.c.referent == agent, journeys.c.phase.in_(("active", "notice")))
    async with town.engine.connect() as connection:
        return list((await connection.scalars(mine.order_by(journeys.c.siren))).all())


async def test_promises_load_and_capacity_are_shown(chief: Browser, town: Town) -> None:
    await town.ask_plan(town.firm("Resto La Louche"))
    await town.publish(at(1, 9), at(2, 9), at(30, 9))
    page = await chief.read(PATH)
    for words in ("Réponse à une demande de délai de paiement", "Alice Martin", "Capacité à huit jours ouvrés"):
        assert words in page
    assert "créneaux libres" in page


async def test_the_policy_is_told_apart_from_the_national_one(sign_in: Callable[..., Browser]) -> None:
    lyon = sign_in("supervisor", organisation="urssaf-rhone-alpes", agent=None)
    page = await lyon.read(PATH)
    assert "Ce qui diffère de la politique nationale" in page
    assert "Réponse à un délai, en heures" in page
    assert "accordé dans la délégation" in page


def test_every_parameter_has_its_french_label() -> None:
    assert {name for policy in POLICIES.values() for name, _, _ in decided(policy)} == set(LABELS)


async def test_a_portfolio_is_handed_over_and_each_enterprise_is_told(chief: Browser, town: Town) -> None:
    sirens = await _followed(town, "alice.martin")
    answer = await chief.send(PATH, action="portefeuille", agent="alice.martin", motif="absence")
    assert answer.headers["location"] == f"{PATH}?confies={len(sirens)}"
    assert "le changement leur est annoncé" in await chief.read(answer.headers["location"])
    for siren in sirens:
        await town.catch_up(siren)
    assert await _followed(town, "alice.martin") == []
    async with town.engine.connect() as connection:
        told = select(messages.c.siren).where(messages.c.template == "referent_changed").distinct()
        assert set((await connection.scalars(told)).all()) == set(sirens)


async def test_one_enterprise_is_handed_over(chief: Browser, town: Town) -> None:
    siren, *others = await _followed(town, "alice.martin")
    written = f"{siren[:3]} {siren[3:6]} {siren[6:]}"
    await chief.send(PATH, action="entreprise", siren=written, motif="departure")
    await town.catch_up(siren)
    assert await _followed(town, "alice.martin") == others


async def test_an_enterprise_of_another_organisation_is_not_handed_over(chief: Browser, town: Town) -> None:
    siren = town.firm("Fromagerie des Alpages").siren
    answer = await chief.send(PATH, action="entreprise", siren=siren, motif="absence")
    assert answer.status_code == 409
    async with town.engine.connect() as connection:
        assert (await connection.execute(select(events).where(events.c.type == "referent.leaving"))).all() == []
