"""ENR-3: one referent for the whole journey; a change is announced."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from domain.absorption import Absorbed, absorb, noted
from domain.duty import AgentLoad, Duty, World
from domain.effects import Effect, OpenTask, Purpose, Queue, Record, SendMessage
from domain.facts import AgentsAvailable, ReferentLeaving
from domain.policy import Policy
from domain.state import Channel, Journey
from domain.tasks import ends


def lightest(roster: Sequence[AgentLoad]) -> str | None:
    """The agent with the smallest weighted portfolio; ties by name, so that the choice can be told again."""
    return min(roster, key=lambda load: (load.weight, load.agent)).agent if roster else None


def portfolio_weight(journey: Journey, policy: Policy) -> int:
    """What an open journey weighs in its referent's portfolio."""
    if not journey.is_open or journey.referent is None:
        return 0
    return policy.weight_with_accountant if journey.accountant else policy.weight_without_accountant


@absorb.register
def _(fact: ReferentLeaving, journey: Journey) -> Absorbed:
    if journey.referent != fact.agent:
        return journey, ()
    changes = journey.referent_changes + 1
    leaving = journey.but(referent_wanted=fact.reason, referent_target=fact.to, referent_changes=changes)
    return leaving, noted("ENR-3", "Le conseiller n'est plus disponible : un autre est cherché", fact)


@absorb.register
def _(fact: AgentsAvailable, journey: Journey) -> Absorbed:
    if journey.referent is not None or journey.referent_wanted or not journey.is_open:
        return journey, ()
    wanted = journey.but(referent_wanted="start", referent_changes=journey.referent_changes + 1)
    return wanted, noted("ENR-3", "Un conseiller formé est disponible", fact)


def duties(journey: Journey, world: World) -> Iterator[Duty]:
    """Assign a referent when one is wanted."""
    if not journey.is_open or journey.referent_wanted is None:
        return
    at = journey.started_at or world.now
    key = f"ENR-3:{journey.referent_changes}"
    roster = [load for load in world.roster if load.agent != journey.referent]
    agent = next((it.agent for it in roster if it.agent == journey.referent_target), None) or lightest(roster)
    if agent is None:
        yield Duty.of(at, key, (_nobody(world, key),), change=_give_up)
    else:
        yield Duty.of(at, key, _assigned(agent, journey, key), change=lambda state, _: _assign(state, agent))


def _nobody(world: World, key: str) -> Effect:
    return OpenTask(
        rule="ENR-3",
        summary="Aucun conseiller formé disponible : en désigner un",
        key=key,
        task="assign_referent",
        due_at=world.closing(world.calendar.add_working_days(world.today, 2)),
        queue=Queue.SUPERVISOR,
        guidance=("Dire présent ou formé un conseiller, ou en ajouter un : le parcours en choisit un aussitôt",),
        about="referent",
    )


@ends("referent", within_journey=True)
def _is_followed(_: str, journey: Journey) -> str | None:
    return "un conseiller est désigné" if journey.referent else None


def _give_up(journey: Journey, _: datetime) -> Journey:
    return journey.but(referent=None, former_referent=former_of(journey), referent_wanted=None, referent_target=None)


def _assign(journey: Journey, agent: str) -> Journey:
    return journey.but(referent=agent, former_referent=former_of(journey), referent_wanted=None, referent_target=None)


def former_of(journey: Journey) -> str | None:
    """Who followed the enterprise last, whoever comes now."""
    return journey.referent or journey.former_referent


def _assigned(agent: str, journey: Journey, key: str) -> tuple[Effect, ...]:
    assigned = Record(rule="ENR-3", summary=f"Suivi par : {agent}", label="referent")
    if "ENR-4" not in journey.done:
        return (assigned,)
    announcement = SendMessage(
        rule="ENR-3",
        summary="Changement de conseiller annoncé à l'entreprise",
        subject=key,
        template="referent_changed",
        purpose=Purpose.CASE,
        channels=(Channel.MAIL,),
        facts={"former_agent": former_of(journey), "reason": journey.referent_wanted},
        copy_accountant=True,
    )
    return assigned, announcement
