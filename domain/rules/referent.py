"""ENR-3: one referent for the whole journey; a change that lasts a quarter of an hour is announced, once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial

from domain.absorption import Absorbed, absorb, noted
from domain.duty import AgentLoad, Duty, World
from domain.effects import Effect, OpenTask, Purpose, Queue, Record, SendMessage
from domain.facts import AgentsAvailable, ReferentLeaving
from domain.policy import Policy
from domain.state import Channel, Journey, Unannounced
from domain.tasks import ends

ANNOUNCED_AFTER = timedelta(minutes=15)
"""How long a change lasts before the enterprise is told: what is put right meanwhile is told once, or not at all."""

UNDONE = "undone"
"""Why a referent leaves when the supervisor takes a hand-over back: ``agent`` follows the enterprise again."""

TRANSFER = "transfer"
"""Why a referent is wanted when another organisation takes the journey over (EXT-5)."""


def lightest(roster: Sequence[AgentLoad]) -> str | None:
    """The agent with the smallest weighted portfolio; ties by name, so that the choice can be told again."""
    return min(roster, key=lambda load: (load.weight, load.agent)).agent if roster else None


def portfolio_weight(journey: Journey, policy: Policy) -> int:
    """What an open journey weighs in its referent's portfolio."""
    if not journey.is_open or journey.referent is None:
        return 0
    return weight_of(policy, accountant=journey.accountant)


def weight_of(policy: Policy, *, accountant: bool) -> int:
    """What an enterprise weighs that is followed, with or without accountant."""
    return policy.weight_with_accountant if accountant else policy.weight_without_accountant


def taker(target: str | None, roster: Sequence[AgentLoad]) -> str | None:
    """Who takes over: the ``target`` when there, the lightest portfolio else."""
    return target if any(it.agent == target for it in roster) else lightest(roster)


@absorb.register
def _(fact: ReferentLeaving, journey: Journey) -> Absorbed:
    if fact.reason == UNDONE:
        return _taken_back(fact.agent, journey), noted("ENR-3", "Le changement de conseiller est annulé", fact)
    if journey.referent != fact.agent:
        return journey, ()
    changes = journey.referent_changes + 1
    leaving = journey.but(referent_wanted=fact.reason, referent_target=fact.to, referent_changes=changes)
    return leaving, noted("ENR-3", "Le conseiller n'est plus disponible : un autre est cherché", fact)


def _taken_back(agent: str, journey: Journey) -> Journey:
    if journey.referent == agent:
        return journey.but(referent_wanted=None, referent_target=None)
    changes = journey.referent_changes + 1
    return journey.but(referent_wanted=UNDONE, referent_target=agent, referent_changes=changes)


@absorb.register
def _(fact: AgentsAvailable, journey: Journey) -> Absorbed:
    if journey.referent is not None or journey.referent_wanted or not journey.is_open:
        return journey, ()
    wanted = journey.but(referent_wanted="start", referent_changes=journey.referent_changes + 1)
    return wanted, noted("ENR-3", "Un conseiller formé est disponible", fact)


def duties(journey: Journey, world: World) -> Iterator[Duty]:
    """Assign a referent when one is wanted; announce a change that has lasted."""
    if not journey.is_open:
        return
    if journey.referent_wanted is not None:
        yield _assignment(journey, world)
    elif journey.referent and journey.referent_unannounced:
        yield _announcement(journey.referent_unannounced, journey)


def _assignment(journey: Journey, world: World) -> Duty:
    at = journey.started_at or world.now
    key = f"ENR-3:{journey.referent_changes}"
    others = [load for load in world.roster if load.agent != journey.referent]
    target = journey.referent_target
    agent = target if journey.referent_wanted == UNDONE else taker(target, others)
    if agent is None:
        return Duty.of(at, key, (_nobody(world, key),), change=_give_up)
    assigned = Record(rule="ENR-3", summary=f"Suivi par : {agent}", label="referent")
    return Duty.of(at, key, (assigned,), change=partial(_assign, agent))


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


def _assign(agent: str, journey: Journey, now: datetime) -> Journey:
    return journey.but(
        referent=agent,
        former_referent=former_of(journey),
        referent_wanted=None,
        referent_target=None,
        referent_unannounced=_to_announce(agent, journey, now),
    )


def _to_announce(agent: str, journey: Journey, now: datetime) -> Unannounced | None:
    """What the enterprise is to be told: nothing before its welcome, nor once the one it knows is back."""
    if "ENR-4" not in journey.done:
        return None
    before = journey.referent_unannounced
    former = before.former if before else former_of(journey)
    moved = before is not None and before.reason == TRANSFER
    reason = TRANSFER if moved else str(journey.referent_wanted)
    return None if agent == former and reason != TRANSFER else Unannounced(former, reason, now)


def former_of(journey: Journey) -> str | None:
    """Who followed the enterprise last, whoever comes now."""
    return journey.referent or journey.former_referent


def _announcement(change: Unannounced, journey: Journey) -> Duty:
    told = SendMessage(
        rule="ENR-3",
        summary="Changement de conseiller annoncé à l'entreprise",
        subject=f"ENR-3:{journey.referent_changes}",
        template="referent_changed",
        purpose=Purpose.CASE,
        channels=(Channel.MAIL,),
        facts={"former_agent": change.former, "reason": change.reason},
        copy_accountant=True,
    )
    key = f"ENR-3:told:{journey.referent_changes}"
    return Duty.of(change.since + ANNOUNCED_AFTER, key, (told,), change=lambda it, _: it.but(referent_unannounced=None))
