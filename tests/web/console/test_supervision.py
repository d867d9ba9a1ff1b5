"""What a supervisor sees and decides."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
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


async def _preview(chief: Browser, **fields: str) -> str:
    return await chief.read(f"{PATH}?{urlencode({'motif': 'absence', **fields})}")


async def _letters(town: Town) -> int:
    async with town.engine.connect() as connection:
        sent = select(func.count()).where(messages.c.template == "referent_changed")
        return await connection.scalar(sent) or 0


async def test_before_a_portfolio_is_handed_over_a_page_says_to_whom_and_how_many_letters(
    chief: Browser, town: Town
) -> None:
    sirens = await _followed(town, "alice.martin")
    page = await _preview(chief, apercu="portefeuille", agent="alice.martin")
    assert await _announced(town) == 0
    said = {name: int(count) for count, name in re.findall(r"<li>(\d+)\sentreprises?\D+<strong>(.+?)</strong>", page)}
    assert sum(said.values()) == len(sirens)
    answer = await _hand_over(chief, action="portefeuille", agent="alice.martin")
    assert answer.headers["location"] == f"{PATH}?confies={len(sirens)}"
    for siren in sirens:
        await town.catch_up(siren)
        await town.step(siren, after=ANNOUNCED_AFTER)
    async with town.engine.connect() as connection:
        sent = select(func.count(messages.c.siren.distinct())).where(messages.c.template == "referent_changed")
        assert re.search(rf"{await connection.scalar(sent)}\slettres", page)
        joined = journeys.join(agents, agents.c.agent == journeys.c.referent)
        given = select(agents.c.name, func.count()).select_from(joined).where(journeys.c.siren.in_(sirens))
        rows = (await connection.execute(given.group_by(agents.c.name))).all()
    assert {row.name: row.count for row in rows} == said


async def test_the_page_before_confirming_carries_all_that_was_chosen(chief: Browser, town: Town) -> None:
    (siren, *_), target = await _followed(town, "alice.martin"), await _heaviest_but(town, "alice.martin")
    page = await _preview(chief, apercu="entreprise", siren=siren, vers=target, motif="reorganisation")
    for name, value in {"siren": siren, "vers": target, "motif": "reorganisation"}.items():
        assert f'<input type="hidden" name="{name}" value="{value}">' in page
    assert re.search(r"1\slettre partira", page)


async def test_handing_an_enterprise_to_who_follows_it_says_so(chief: Browser, town: Town) -> None:
    siren, *_ = await _followed(town, "alice.martin")
    answers = [
        await _hand_over(chief, action="entreprise", siren=siren, vers="alice.martin"),
        await chief.client.get(f"{PATH}?apercu=entreprise&siren={siren}&vers=alice.martin&motif=absence"),
    ]
    for answer in answers:
        assert answer.status_code == 409
        assert "Alice Martin suit déjà cette entreprise" in answer.text
    assert await _announced(town) == 0


async def _change(chief: Browser) -> str:
    """The hand-over that the page offers to take back."""
    (found,) = re.findall(r'name="changement" value="(.+?)"', await chief.read(PATH))
    return str(found)


@pytest.mark.parametrize("carried_out", [True, False])
async def test_a_hand_over_is_taken_back_within_a_quarter_of_an_hour(
    chief: Browser, town: Town, carried_out: bool
) -> None:
    before, letters = await _followed(town, "alice.martin"), await _letters(town)
    (siren, *others), target = before, await _heaviest_but(town, "alice.martin")
    theirs = await _followed(town, target)
    await _hand_over(chief, action="entreprise", siren=siren, vers=target)
    if carried_out:
        await town.catch_up(siren)
        assert await _followed(town, "alice.martin") == others
    form = {"operation": str(uuid4()), "action": "annuler", "changement": await _change(chief)}
    answers = [await chief.send(PATH, **form) for _ in range(2)]
    assert [it.headers.get("location") for it in answers] == [f"{PATH}?annules=1"] * 2
    assert "l'entreprise est rendue" in await chief.read(f"{PATH}?annules=1")
    await town.catch_up(siren)
    await town.step(siren, after=ANNOUNCED_AFTER)
    assert (await _followed(town, "alice.martin"), await _followed(town, target)) == (before, theirs)
    assert await _letters(town) == letters
    assert 'value="annuler"' not in await chief.read(PATH)


async def test_a_hand_over_is_not_taken_back_after_a_quarter_of_an_hour(chief: Browser, town: Town) -> None:
    siren, *_ = await _followed(town, "alice.martin")
    await _hand_over(chief, action="entreprise", siren=siren)
    change = await _change(chief)
    async with town.engine.begin() as connection:
        earlier = update(events).where(events.c.type == "referent.leaving")
        await connection.execute(earlier.values(received_at=events.c.received_at - ANNOUNCED_AFTER))
    assert 'value="annuler"' not in await chief.read(PATH)
    answer = await chief.send(PATH, operation=str(uuid4()), action="annuler", changement=change)
    assert answer.status_code == 409
    assert "ne s&#39;annule plus" in answer.text
    assert await _announced(town) == 1


async def test_only_the_last_hand_over_is_taken_back(chief: Browser, town: Town) -> None:
    first, second, *_ = await _followed(town, "alice.martin")
    changes = []
    for siren in (first, second):
        await _hand_over(chief, action="entreprise", siren=siren)
        changes.append(await _change(chief))
    answer = await chief.send(PATH, operation=str(uuid4()), action="annuler", changement=changes[0])
    assert answer.status_code == 409
    assert await _announced(town) == 2
