"""The calendar entry that a letter about an appointment or a meeting carries (APT-2, APT-5, APT-6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import blake2b
from typing import Any

from activities.wording import Filled
from domain.meetings import KINDS
from notifications.calendar import Invited, cancellation, invitation
from notifications.ports import Attachment
from notifications.wording import joindre_mail, telephone

ENTRIES: dict[str, Callable[[Invited, datetime], Attachment]] = {
    "appointment_booked": invitation,
    "appointment_moved": invitation,
    "appointment_cancelled": cancellation,
    "meeting_registered": invitation,
    "meeting_moved": invitation,
    "meeting_left": cancellation,
    "meeting_cancelled": cancellation,
}
ELSEWHERE = {"phone": "Par téléphone", "video": "En visioconférence", "on_site": "Dans vos locaux"}
NOBODY: Mapping[str, str | None] = {"name": None, "phone": None, "email": None}


def uid_of(what: str) -> str:
    """The identity, in every calendar, of what is one enterprise's alone: an appointment, a due date."""
    return f"{what}@parcours"


def uid_for(siren: str, what: str) -> str:
    """The identity of what several enterprises share, a meeting, for one of them.

    Their entries may stand in one mailbox: what becomes of one touches no other (RFC 5545 3.8.4.7).
    """
    return uid_of(blake2b(f"{siren}|{what}".encode(), digest_size=12).hexdigest())


def title_of(organisation: str) -> str:
    """How an appointment is called in a calendar."""
    return f"Rendez-vous {organisation}"


def place_of(means: str | None, address: str) -> str:
    """Where an appointment is held."""
    return ELSEWHERE.get(means or "", address)


def appointment_details(
    means: str | None,
    organisation: Mapping[str, str],
    *,
    agent: str | None,
    called: str | None = None,
    link: str | None = None,
    video: str | None = None,
) -> str:
    """What the entry of an appointment says.

    ``called`` the number we call, ``video`` where one is met by video, ``link`` where it is moved or cancelled.
    """
    number = f"au {telephone(called)}" if called else "au numéro que nous avons de vous"
    how = {
        "phone": f"Par téléphone : nous vous appelons {number}.",
        "video": f"En visioconférence : {video or 'votre contact vous envoie le lien avant le rendez-vous'}",
        "on_site": "Dans vos locaux : votre contact vous en demande l'adresse avant de venir.",
    }.get(means or "", f"Sur place : {organisation['name']}, {organisation['address']}.")
    lines = [f"Avec {agent or organisation['name']}.", how, _reach(organisation)]
    return "\n".join([*lines, f"Déplacer ou annuler : {link}"] if link else lines)


def meeting_details(kind: str, place: str, organisation: Mapping[str, str], *, link: str | None = None) -> str:
    """What the entry of a meeting says; ``link`` is where the place is given up."""
    lines = [f"{KINDS[kind].capitalize()}, {organisation['name']}.", f"Lieu : {place}.", _reach(organisation)]
    return "\n".join([*lines, f"Rendre votre place : {link}"] if link else lines)


def _reach(organisation: Mapping[str, str]) -> str:
    return f"Nous joindre : {joindre_mail(organisation, NOBODY)}."


def enclosed(template: str, filled: Filled, to: str, now: datetime) -> Attachment | None:
    """The entry of what is arranged, changed or undone; ``None`` for any other letter."""
    write = ENTRIES.get(template)
    if write is None or filled.context["starts_at"] is None:
        return None
    return write(_entry(filled.context, filled.address.name, to, goes=write is cancellation), now)


def _entry(context: dict[str, Any], name: str, to: str, *, goes: bool) -> Invited:
    """``goes``: it is taken away, there is nothing left to change."""
    organisation = context["organisation"]
    about = _meeting(context, goes) if "meeting" in context else _appointment(context, goes)
    return Invited(
        sequence=context["sequence"],
        starts_at=context["starts_at"],
        minutes=context["minutes"],
        organiser=organisation["name"],
        organiser_mail=organisation["email"],
        attendee=name,
        attendee_mail=to,
        **about,
    )


def _appointment(context: dict[str, Any], goes: bool) -> dict[str, Any]:
    organisation, link = context["organisation"], None if goes else context["links"]["slot"]
    agent, called, video = context["agent_name"], context["enterprise"]["phone"], context.get("video_link")
    details = appointment_details(context["format"], organisation, agent=agent, called=called, link=link, video=video)
    return {
        "uid": uid_of(context["appointment"]),
        "title": title_of(organisation["name"]),
        "place": place_of(context["format"], organisation["address"]),
        "details": details,
        "url": link,
    }


def _meeting(context: dict[str, Any], goes: bool) -> dict[str, Any]:
    place, link = context["place"], None if goes else context["links"]["meetings"]
    return {
        "uid": uid_for(context["enterprise"]["siren"], context["meeting"]),
        "title": context["title"],
        "place": place,
        "details": meeting_details(context["kind"], place, context["organisation"], link=link),
        "url": link,
    }
