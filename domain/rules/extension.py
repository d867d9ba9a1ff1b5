"""EXT-2 and EXT-4: the enterprise asks to go on, or comes back."""

from __future__ import annotations

from datetime import date

from domain.calendar import add_months
from domain.duty import World
from domain.effects import Effect, Purpose, SendMessage
from domain.policy import Policy
from domain.requests import Reply, Request
from domain.rules.exit import EARLY_ENDS, account_ended, can_resume
from domain.rules.term import end_of, last_end, next_end, notice_day
from domain.state import Journey, Phase
from domain.words import day


def extend(journey: Journey, request: Request, world: World) -> tuple[Journey, tuple[Effect, ...], Reply]:
    """Answer a request to extend, or to resume when the journey is closed (EXT-2, EXT-4)."""
    if journey.phase is Phase.CLOSED:
        return _resume(journey, request, world)
    if journey.phase is Phase.CANDIDATE:
        return journey, (), Reply(409, "ENR-1", "Aucun parcours n'est ouvert pour cette entreprise.")
    if journey.phase is Phase.ACTIVE:
        opens = day(notice_day(journey, world.policy))
        return journey, (), Reply(409, "EXT-2", f"La prolongation se demande à partir du préavis, le {opens}.")
    onward = next_end(journey, world.policy)
    if onward is None:
        last = day(last_end(journey, world.policy))
        return (
            journey,
            (),
            Reply(
                409, "EXT-2", f"Le parcours a déjà été prolongé autant qu'il peut l'être ; il ne dépasse pas le {last}."
            ),
        )
    extended = journey.but(
        extensions=journey.extensions + 1,
        phase=Phase.ACTIVE,
        resumed_until=onward if journey.resumed_until else None,
    )
    return extended, (_confirmation(extended, onward, request, world),), _granted(extended, onward, "EXT-2")


def _granted(journey: Journey, end: date, rule: str) -> Reply:
    data = {"ends_on": end.isoformat(), "extensions": journey.extensions}
    return Reply(201, rule, f"Le parcours se poursuit jusqu'au {day(end)}.", data)


def _confirmation(journey: Journey, end: date, request: Request, world: World) -> Effect:
    return SendMessage(
        rule="EXT-2",
        summary=f"Parcours prolongé jusqu'au {day(end)}",
        subject=f"extended:{request.id}",
        template="extended",
        purpose=Purpose.CASE,
        facts={
            "ends_on": end,
            "extensions": journey.extensions,
            "remaining": _remaining(journey, world.policy),
        },
        copy_accountant=True,
        immediate=True,
        critical=True,
    )


def _remaining(journey: Journey, policy: Policy) -> int:
    return policy.max_extensions - journey.extensions if next_end(journey, policy) else 0


def _resume(journey: Journey, request: Request, world: World) -> tuple[Journey, tuple[Effect, ...], Reply]:
    limit = last_end(journey, world.policy)
    if not can_resume(journey, world):
        past = f"le parcours ne dépasse pas le {day(limit)}"
        ended = account_ended(journey)
        why = EARLY_ENDS[ended] if ended else past
        turn = f"Adressez-vous à {world.policy.name}, {world.policy.phone}."
        return journey, (), Reply(409, "EXT-4", f"Reprise impossible : {why}. {turn}")
    until = min(add_months(world.today, world.policy.extension_months), limit)
    end = max(until, end_of(journey.but(resumed_until=None), world.policy))
    resumed = journey.but(
        phase=Phase.ACTIVE,
        resumed_on=world.today,
        resumed_until=end,
        extensions=min(journey.extensions + 1, world.policy.max_extensions),
        closing=None,
        closed_at=None,
        close_reason=None,
    )
    message = SendMessage(
        rule="EXT-4",
        summary=f"Reprise du parcours jusqu'au {day(end)}",
        subject=f"resumed:{request.id}",
        template="resumed",
        purpose=Purpose.CASE,
        facts={"ends_on": end},
        copy_accountant=True,
        immediate=True,
        critical=True,
    )
    return resumed, (message,), _granted(resumed, end, "EXT-4")
