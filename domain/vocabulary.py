"""What codes are called in French: events, accounts of agents, facts of a message. One place for every page."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Any

from domain.identifiers import parse_period
from domain.meetings import KINDS as MEETINGS
from domain.rules.appointments import KINDS, MEANS
from domain.rules.incidents import NAMES as INCIDENTS
from domain.rules.plans import PIECES
from domain.rules.surveys import NAMES as MOMENTS
from domain.words import day, euros

EVENTS = {
    "account.opened": "ouverture d'un compte",
    "account.closed": "fermeture d'un compte",
    "account.transferred": "transfert d'un compte",
    "contact.changed": "coordonnées changées",
    "accountant.appointed": "expert-comptable désigné",
    "accountant.dismissed": "fin de mission de l'expert-comptable",
    "headcount.changed": "nouvel effectif",
    "contribution.due": "échéance à payer",
    "payment.received": "paiement reçu",
    "declaration.received": "déclaration reçue",
    "incident.detected": "incident signalé",
    "incident.cancelled": "incident annulé",
    "notice.served": "mise en demeure",
    "writ.served": "contrainte",
    "refund.owed": "remboursement dû",
    "payment.doubled": "double paiement",
    "remission.decided": "décision sur une remise",
    "audit.opened": "contrôle ouvert",
    "audit.closed": "contrôle terminé",
    "appeal.opened": "recours ouvert",
    "appeal.closed": "recours terminé",
    "procedure.opened": "procédure collective ouverte",
    "contact.confirmed": "coordonnées confirmées",
    "contact.corrected": "coordonnées corrigées",
    "contact.proposed": "nouvelles coordonnées à prouver",
    "preferences.chosen": "préférences choisies",
    "journey.declined": "parcours refusé par l'entreprise",
    "clients.asked": "page des clients demandée",
    "referent.leaving": "conseiller qui s'en va",
    "agents.available": "conseiller disponible",
    "task.done": "tâche terminée",
    "slot.freed": "créneau libéré",
    "slot.attendance": "présence à un créneau",
    "meeting.registration": "inscription à une réunion",
    "newsletter.published": "lettre d'information publiée",
    "survey.answered": "réponse à une enquête",
    "answer.left": "réponse partie",
    "delivery.failed": "message pas remis",
    "delivery.proved": "message remis",
    "address.failed": "adresse en échec",
    "channel.refused": "canal refusé",
    "journey.started": "parcours commencé",
    "journey.extended": "parcours prolongé",
    "journey.closed": "parcours terminé",
    "recovery.held": "recouvrement suspendu",
    "recovery.released": "suspension du recouvrement levée",
    "plan.decided": "délai de paiement décidé",
    "remission.requested": "remise demandée",
    "commitment.breached": "engagement manqué",
}

FACTS = {
    "act_by": "À faire avant le",
    "agent_name": "Conseiller",
    "ahead": "Échéances à venir",
    "amount": "Montant",
    "answer_hour": "Heure de la réponse promise",
    "answer_on": "Réponse promise le",
    "attempts": "Tentatives d'appel",
    "beyond": "Au-delà du délai",
    "broken_plan": "Délai rompu",
    "by_us": "À notre initiative",
    "can_extend": "Prolongation possible",
    "can_resume": "Reprise possible",
    "ceiling": "Plafond",
    "contribution": "Période",
    "count": "Nombre",
    "covered_amount": "Montant couvert",
    "date": "Date",
    "declined": "Déclinée",
    "doubled": "Payé deux fois",
    "due_count": "Échéances",
    "due_on": "Échéance du",
    "due_total": "Total dû",
    "ends_on": "Fin du parcours",
    "extends_to": "Prolongé jusqu'au",
    "extensions": "Prolongations",
    "first_due": "Première échéance",
    "first_payment": "Premier paiement",
    "format": "Forme",
    "granted": "Accordée",
    "has_accountant": "Expert-comptable",
    "headcount": "Effectif",
    "hours": "Délai promis, en heures",
    "instalments": "Versements",
    "is_late": "Réponse en retard",
    "just_asked": "Vient d'être demandé",
    "kind": "Nature",
    "late": "Commencé tard",
    "minutes": "Durée, en minutes",
    "moment": "Moment",
    "nominal_on": "Date d'avant report",
    "number": "Incidents en quelques mois",
    "open_periods": "Périodes ouvertes",
    "paid_count": "Échéances payées",
    "paid_total": "Total payé",
    "period_label": "Période",
    "pieces": "Pièces",
    "place": "Lieu",
    "plan_pending": "Délai demandé",
    "previous_amount": "Montant d'avant",
    "previous_due_on": "Échéance d'avant",
    "previous_starts_at": "Horaire d'avant",
    "reason": "Motif",
    "remaining": "Prolongations restantes",
    "remission": "Remise des majorations",
    "remitted": "Montant remis",
    "reply_by": "Répondre avant le",
    "right_to_error": "Droit à l'erreur",
    "served_amount": "Montant réclamé",
    "served_on": "Reçue le",
    "share_amount": "Part salariale",
    "starts_at": "Horaire",
    "stated_amount": "Montant indiqué",
    "step": "Relance",
    "subject_kind": "Objet",
    "survey": "Enquête",
    "tese": "TESE proposé",
    "thirtieth_on": "Trentième jour",
    "title": "Titre",
    "to_accountant": "Écrit à l'expert-comptable",
    "unknown_count": "Échéances inconnues",
    "until_hour": "Heure limite",
    "until_on": "Jusqu'au",
    "was_due_on": "Était dû le",
    "what": "Objet de la réponse",
    "year": "Année du parcours",
}
"""What the facts of a message are called; those not here are ids, which say nothing to a person."""

CODES = {
    "kind": {**INCIDENTS, **{kind: it.label for kind, it in KINDS.items()}, **MEETINGS},
    "format": MEANS,
    "pieces": PIECES,
    "moment": {**MOMENTS, "exit": "fin du parcours"},
    "step": {"first": "première", "second": "seconde", "last_call": "dernier appel"},
    "subject_kind": {"both": "déclaration et paiement", "declaration": "déclaration", "payment": "paiement"},
    "remission": {
        "asked": "demandée",
        "none": "aucune",
        "on_request": "sur demande",
        "proposed": "proposée",
    },
    "reason": {
        "absence": "absence",
        "departure": "départ",
        "reorganisation": "réorganisation",
        "undone": "changement annulé",
        "start": "premier conseiller",
        "transfer": "transfert",
        "transferred": "transfert",
        "term": "fin du parcours",
        "account_closed": "compte fermé",
        "procedure": "procédure collective",
        "declined": "à la demande de l'entreprise",
    },
}
_AMOUNTS = re.compile(r"(?:^|_)(?:amount|total|beyond|ceiling|remitted)$")
_ACCOUNT = re.compile(r"(?<![\w@.-])[A-Za-z0-9]+(?:[.-][A-Za-z0-9]+)*(?![\w@-])")
_ANCHOR = re.compile(r"(?:: |\(|\bpar |\bà )$")


def readable(account: str) -> str:
    """A person's account as a name, ``alice.martin`` as Alice Martin, for want of the name itself."""
    return " ".join(part.capitalize() for part in account.replace(".", " ").replace("-", " ").split())


def named(text: str, names: Mapping[str, str]) -> str:
    """A stored line with the accounts of people and the codes of organisations in it replaced by their ``names``.

    An account that is not known any more is read as a name where it surely is one: letters parted by a dot.
    """

    def name(found: re.Match[str]) -> str:
        word = found[0]
        anchored = bool(_ANCHOR.search(text[: found.start()]))
        if word in names and (anchored or "." in word or "-" in word):
            return names[word]
        dotted = re.fullmatch(r"[a-z]{2,}(?:\.[a-z]{2,})+", word)
        return readable(word) if dotted and anchored else word

    return _ACCOUNT.sub(name, text)


def event_name(kind: str) -> str:
    """What a type of event is called; one that this version does not know is quoted."""
    return EVENTS.get(kind) or f"événement d'un type inconnu, « {kind} »"


def facts_said(facts: Mapping[str, Any], zone: tzinfo) -> Iterator[str]:
    """The facts of a message as a person reads them, by their labels; instants in ``zone``."""
    said = [(label, facts[key], key) for key, label in FACTS.items() if facts.get(key) is not None]
    yield from sorted(f"{label} : {value_said(key, value, zone)}" for label, value, key in said)


def value_said(key: str, value: Any, zone: tzinfo) -> str:
    """One value, of the fact ``key``: JSON as it is stored, or the Python value it was."""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, list | tuple):
        return " ; ".join(value_said(key, it, zone) for it in value) or "aucun"
    if isinstance(value, dict):
        return ", ".join(value_said(name, it, zone) for name, it in value.items() if it is not None)
    if key in CODES:
        return CODES[key].get(str(value), "autre")
    return _scalar_said(key, str(value), zone)


def _scalar_said(key: str, text: str, zone: tzinfo) -> str:
    if _AMOUNTS.search(key):
        return euros(Decimal(text))
    if key == "contribution":
        return parse_period(text.rpartition("/")[2]).label
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return day(date.fromisoformat(text))
    if re.match(r"\d{4}-\d\d-\d\d[T ]\d\d:", text):
        return instant_said(datetime.fromisoformat(text).astimezone(zone))
    return text


def instant_said(at: datetime) -> str:
    """``16/11/2026 à 9 h 05``, in the instant's own zone."""
    return f"{day(at.date())} à {at.hour} h {at.minute:02}"
