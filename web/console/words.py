"""What statuses, kinds and delays are called on the screens."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from domain.rules.appointments import KINDS, MEANS
from domain.rules.commitments import NAMES as PROMISES
from domain.rules.incidents import NAMES as INCIDENTS
from domain.vocabulary import readable
from domain.words import capital

SOON = timedelta(hours=4)
ACCOUNT = re.compile(r"[a-z]+(?:[.-][a-z]+)+")
"""An account that reads as a name."""

WORDS: dict[str, dict[str, str]] = {
    "role": {"agent": "Conseiller", "supervisor": "Encadrement", "mediator": "Médiation", "admin": "Administration"},
    "phase": {"active": "En cours", "notice": "Fin annoncée", "closed": "Terminé"},
    "task": {
        "call": "Appel",
        "letter": "Message à écrire",
        "contact": "Coordonnées",
        "handover": "Remise de dossier",
        "assign_referent": "Conseiller à désigner",
        "plan_answer": "Réponse à un délai",
        "plan_broken": "Délai rompu",
        "appointment_preparation": "Rendez-vous à préparer",
        "appointment_outcome": "Issue d'un rendez-vous",
        "appointment_unattended": "Rendez-vous sans conseiller",
        "partner_meeting": "Réunion des partenaires",
        "no_slot": "Créneau manquant",
        "request": "Demande",
        "remission": "Remise de pénalités",
        "refund": "Remboursement",
        "mediation": "Médiation",
        "foreign_account": "Compte dans deux organismes",
    },
    "task_status": {"open": "À faire", "done": "Faite", "cancelled": "Sans objet"},
    "queue": {
        "referent": "conseillers",
        "supervisor": "encadrement",
        "mediator": "médiation",
        "common_law": "droit commun",
    },
    "outcome": {
        "reached": "Joint",
        "message_left": "Message laissé",
        "unreachable": "Pas joint",
        "done": "Fait",
        "not_needed": "Sans objet",
    },
    "promise": {kind: capital(name) for kind, name in PROMISES.items()},
    "standing": {"running": "en cours", "paused": "suspendu", "met": "tenu", "breached": "manqué"},
    "incident": {kind: capital(name) for kind, name in INCIDENTS.items()},
    "incident_status": {
        "open": "Ouvert",
        "paid": "Payé",
        "cancelled": "Annulé",
        "planned": "Délai en cours",
        "handed_over": "Recouvrement forcé",
    },
    "plan_status": {
        "requested": "À décider",
        "incomplete": "Incomplet",
        "countered": "Contre-proposition envoyée",
        "refused": "Refusé",
        "running": "En cours",
        "kept": "Tenu",
        "broken": "Rompu",
    },
    "appointment": {kind: capital(it.label) for kind, it in KINDS.items()},
    "appointment_status": {
        "offered": "Proposé",
        "booked": "Réservé",
        "held": "Tenu",
        "missed": "Manqué",
        "cancelled": "Annulé",
        "expired": "Expiré",
    },
    "means": MEANS,
    "message_status": {
        "queued": "à envoyer",
        "sending": "en train de partir",
        "sent": "parti",
        "delivered": "remis",
        "failed": "pas remis",
        "unknown": "remise incertaine",
        "dropped": "non envoyé",
    },
    "channel": {"sms": "SMS", "mail": "Mail"},
    "author": {
        "enterprise": "l'entreprise",
        "accountant": "l'expert-comptable",
        "policy": "la délégation de l'organisme",
    },
    "recipient": {
        "enterprise": "à l'entreprise",
        "accountant": "à l'expert-comptable",
        "proposed": "à une adresse proposée",
    },
    "event_problem": {
        "waits for the account.opened event": "attend l'ouverture du compte",
        "the enterprise belongs to another organisation": "l'entreprise relève d'un autre organisme",
        "no account.opened came in time": "aucune ouverture de compte n'est venue à temps",
    },
    "event_status": {
        "waiting": "en attente du compte",
        "refused": "refusé",
        "expired": "abandonné",
        "set_aside": "mis de côté",
    },
    "delivery_status": {"pending": "en attente", "delivered": "livré", "failed": "échoué"},
}


def author_named(account: str | None, people: Mapping[str, str]) -> str:
    """Who wrote or did something, by the names of ``people`` where they are known."""
    if account is None:
        return "personne"
    known = people.get(account) or WORDS["author"].get(account)
    return known or (readable(account) if ACCOUNT.fullmatch(account) else "une personne de l'organisme")


def time_left(due_at: datetime, now: datetime) -> str:
    """``reste 3 h``, ``en retard de 2 j``: minutes under an hour, hours under two days, then days."""
    seconds = (due_at - now).total_seconds()
    said = _span(abs(seconds))
    return f"reste {said}" if seconds >= 0 else f"en retard de {said}"


def _span(seconds: float) -> str:
    if seconds < 3600:
        return f"{int(seconds // 60)} min"
    if seconds < 48 * 3600:
        return f"{int(seconds // 3600)} h"
    return f"{int(seconds // 86400)} j"


def urgency(due_at: datetime, now: datetime) -> str:
    """``late``, ``soon`` or ``later``."""
    if due_at < now:
        return "late"
    return "soon" if due_at - now < SOON else "later"
