"""REG-1: an issue of the newsletter, by mail, to those whose sector it is for and who have not refused it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from domain.absorption import Absorbed, absorb, noted
from domain.duty import Duty, World
from domain.effects import Purpose, Record, SendMessage
from domain.facts import NewsletterPublished
from domain.newsletters import Newsletter
from domain.obligations import spread_instant
from domain.rules.due_dates import RESERVE
from domain.state import Channel, Journey

FRESH = timedelta(days=15)
"""An issue that could not leave by then is old news."""


@absorb.register
def _(fact: NewsletterPublished, journey: Journey) -> Absorbed:
    issue = Newsletter(fact.newsletter, fact.title, fact.at)
    known = journey.newsletters.get(issue.id, issue)
    changed = journey.but(newsletters={**journey.newsletters, issue.id: min(known, issue, key=lambda it: it.at)})
    return changed, noted("REG-1", _summary(issue), fact)


def duties(journey: Journey, world: World) -> Iterator[Duty]:
    """One mail for each issue, as long as the journey runs."""
    if journey.is_open:
        for issue in journey.newsletters.values():
            yield from _mail(journey, issue, world)


def _mail(journey: Journey, issue: Newsletter, world: World) -> Iterator[Duty]:
    """Spread over the day: the reminders of the same morning do not wait behind 200,000 mails."""
    key = f"REG-1:{issue.id}"
    on = world.calendar.day_of(world.calendar.next_open(issue.at))
    at = max(issue.at, spread_instant(f"{journey.siren}:{issue.id}", on, world.calendar, RESERVE))
    late = Record(rule="REG-1", summary=f"{_summary(issue)} : trop tard pour l'envoyer", label="skipped")
    yield Duty.of(at, key, (_letter(issue),), until=issue.at + FRESH, late=(late,))


def _letter(issue: Newsletter) -> SendMessage:
    """Accountants get no copy: they would have one for each client."""
    return SendMessage(
        rule="REG-1",
        summary=_summary(issue),
        subject=f"newsletter:{issue.id}",
        template="newsletter",
        purpose=Purpose.INFORMATION,
        channels=(Channel.MAIL,),
        facts={"newsletter": issue.id},
        valid_until=issue.at + FRESH,
    )


def _summary(issue: Newsletter) -> str:
    return f"Lettre d'information « {issue.title} »"
