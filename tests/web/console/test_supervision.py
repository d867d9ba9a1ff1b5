"""What a supervisor sees and decides."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select, update

from db.tables import agents, events, journeys, messages
from domain.policy import decided
from domain.rules.referent import ANNOUNCED_AFTER
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


async def _hand_over(chief: Browser, **form: Any) -> Any:
    return await chief.send(PATH, **{"operation": str(uuid4()), "motif": "absence", **form})


async def _announced(town: Town) -> int:
    """How many changes of referent the enterprises were or will be told of."""
    async with town.engine.connect() as connection:
        return await connection.scalar(select(func.count()).where(events.c.type == "referent.leaving")) or 0


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
    answer = await _hand_over(chief, action="portefeuille", agent="alice.martin")
    assert answer.headers["location"] == f"{PATH}?confies={len(sirens)}"
    assert "le changement leur est annoncé" in await chief.read(answer.headers["location"])
    for siren in sirens:
        await town.catch_up(siren)
        await town.step(siren, after=ANNOUNCED_AFTER)
    assert await _followed(town, "alice.martin") == []
    async with town.engine.connect() as connection:
        told = select(messages.c.siren).where(messages.c.template == "referent_changed").distinct()
        assert set((await connection.scalars(told)).all()) == set(sirens)


async def test_one_enterprise_is_handed_over(chief: Browser, town: Town) -> None:
    siren, *others = await _followed(town, "alice.martin")
    written = f"{siren[:3]}\u00a0{siren[3:6]}\u00a0{siren[6:]}"
    await _hand_over(chief, action="entreprise", siren=written, motif="departure")
    await town.catch_up(siren)
    assert await _followed(town, "alice.martin") == others


async def test_a_portfolio_goes_to_whom_the_supervisor_chose(chief: Browser, town: Town) -> None:
    sirens = await _followed(town, "alice.martin")
    target = await _heaviest_but(town, "alice.martin")
    await _hand_over(chief, action="portefeuille", agent="alice.martin", vers=target)
    for siren in sirens:
        await town.catch_up(siren)
    assert set(sirens) <= set(await _followed(town, target))


@pytest.mark.parametrize("target", ["alice.martin", "personne"])
async def test_nobody_is_handed_a_portfolio_that_cannot_take_it(chief: Browser, town: Town, target: str) -> None:
    answer = await _hand_over(chief, action="portefeuille", agent="alice.martin", vers=target)
    assert answer.status_code == 409
    assert "Choisissez un conseiller formé" in answer.text
    assert await _announced(town) == 0


async def _heaviest_but(town: Town, agent: str) -> str:
    """Whom the rules would choose last."""
    others = select(agents.c.agent).where(agents.c.organisation == "urssaf-idf", agents.c.agent != agent)
    async with town.engine.connect() as connection:
        return str(await connection.scalar(others.order_by(agents.c.weight.desc(), agents.c.agent.desc()).limit(1)))


async def test_one_enterprise_handed_over_is_said_in_the_singular_and_for_a_neutral_reason(
    chief: Browser, town: Town
) -> None:
    siren, *_ = await _followed(town, "alice.martin")
    answer = await _hand_over(chief, action="entreprise", siren=siren, motif="reorganisation")
    assert "le changement lui est annoncé" in await chief.read(answer.headers["location"])
    await town.catch_up(siren)
    await town.step(siren, after=ANNOUNCED_AFTER)
    async with town.engine.connect() as connection:
        told = select(messages.c.facts).where(messages.c.template == "referent_changed", messages.c.siren == siren)
        assert {it["reason"] for it in await connection.scalars(told)} == {"reorganisation"}


async def test_an_enterprise_of_another_organisation_is_not_handed_over(chief: Browser, town: Town) -> None:
    siren = town.firm("Fromagerie des Alpages").siren
    answer = await _hand_over(chief, action="entreprise", siren=siren)
    assert answer.status_code == 409
    assert await _announced(town) == 0


async def test_one_enterprise_is_handed_over_once_however_often_the_form_is_sent(chief: Browser, town: Town) -> None:
    siren, *_ = await _followed(town, "alice.martin")
    form = {"operation": str(uuid4()), "action": "entreprise", "siren": siren}
    answers = [await _hand_over(chief, **form)]
    await town.catch_up(siren)
    answers.append(await _hand_over(chief, **form))
    assert [it.headers.get("location") for it in answers] == [f"{PATH}?confies=1"] * 2
    assert await _announced(town) == 1


async def test_a_portfolio_sent_again_leaves_alone_what_came_since(chief: Browser, town: Town) -> None:
    sirens = await _followed(town, "alice.martin")
    form = {"operation": str(uuid4()), "action": "portefeuille", "agent": "alice.martin"}
    answers = list(await asyncio.gather(*(_hand_over(chief, **form) for _ in range(2))))
    for siren in sirens:
        await town.catch_up(siren)
    (since, *_) = await _followed(town, "karim.benali")
    async with town.engine.begin() as connection:
        await connection.execute(update(journeys).where(journeys.c.siren == since).values(referent="alice.martin"))
    answers.append(await _hand_over(chief, **form))
    assert {it.headers.get("location") for it in answers} == {f"{PATH}?confies={len(sirens)}"}
    assert await _announced(town) == len(sirens)


async def test_a_page_gone_back_to_hands_over_whom_it_names_now(chief: Browser, town: Town) -> None:
    first, second, *_ = await _followed(town, "alice.martin")
    page = str(uuid4())
    for siren in (first, second):
        answer = await _hand_over(chief, operation=page, action="entreprise", siren=siren)
        assert answer.headers["location"] == f"{PATH}?confies=1"
    assert await _announced(town) == 2
