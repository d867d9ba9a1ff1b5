"""The parameters of a policy, as a supervisor reads them."""

from __future__ import annotations

from datetime import time
from decimal import Decimal
from typing import Any

from domain.words import euros

LABELS = {
    "zone": "Fuseau horaire",
    "territory": "Territoire des jours fériés",
    "enrol_within_months": "Âge du compte pour commencer, en mois",
    "waiting_event_days": "Attente d'un événement sans compte, en jours",
    "weight_without_accountant": "Poids d'une entreprise sans expert-comptable",
    "weight_with_accountant": "Poids d'une entreprise avec expert-comptable",
    "referent_absence_days": "Absence qui fait changer de conseiller, en jours",
    "late_welcome_days": "Début tardif, accueilli comme tel, en jours",
    "tese_headcount": "Effectif maximal pour le TESE",
    "confirm_reminder_days": "Rappel des coordonnées, en jours",
    "confirm_task_days": "Tâche sur les coordonnées, en jours",
    "initial_appointment_open_days": "Premier rendez-vous ouvert, en jours",
    "reminder_lead_days": "Rappel avant l'échéance, en jours",
    "call_months": "Appels d'accompagnement, en mois",
    "incident_call_working_days": "Appel après un incident, en jours ouvrés",
    "incident_call_attempts": "Appels tentés avant une lettre",
    "repetition_months": "Période des incidents répétés, en mois",
    "repetition_count": "Incidents qui font une répétition",
    "followup_days": "Relances amiables, en jours",
    "hold_days": "Suspension du recouvrement, en jours",
    "remission_days": "Régularisation qui propose une remise, en jours",
    "small_sum": "Somme en dessous de laquelle on ne relance pas",
    "refund_answer_hours": "Réponse sur un remboursement, en heures",
    "plan_max_months": "Durée maximale d'un délai, en mois",
    "plan_answer_hours": "Réponse à un délai, en heures",
    "plan_warn_referent_hours": "Alerte du conseiller, en heures",
    "plan_warn_supervisor_hours": "Alerte de l'encadrement, en heures",
    "plan_breach": "Sans réponse à temps",
    "plan_accept_max_instalments": "Délégation : versements au plus",
    "plan_accept_max_amount": "Délégation : montant au plus",
    "counter_open_days": "Contre-proposition ouverte, en jours",
    "instalment_grace_working_days": "Tolérance d'un versement, en jours ouvrés",
    "appointment_reminder_days": "Rappel d'un rendez-vous, en jours",
    "priority_appointment_working_days": "Rendez-vous prioritaire, en jours ouvrés",
    "offer_reminder_working_days": "Rappel d'une proposition, en jours ouvrés",
    "growth_headcount": "Effectif de forte croissance",
    "growth_trend_months": "Tendance lue sur, en mois",
    "growth_months": "Tendance prolongée de, en mois",
    "journey_months": "Durée du parcours, en mois",
    "notice_months": "Annonce de la fin, en mois",
    "extension_months": "Durée d'une prolongation, en mois",
    "max_extensions": "Prolongations au plus",
    "max_journey_months": "Durée maximale du parcours, en mois",
    "exit_reminder_days": "Rappel avant la fin, en jours",
    "opens": "Début de la plage d'envoi",
    "closes": "Fin de la plage d'envoi",
    "request_answer_hours": "Réponse à une demande, en heures",
    "survey_gap_days": "Écart entre deux enquêtes, en jours",
    "survey_low_mark": "Note d'une enquête qui ouvre un appel",
}
CHOICES = {"escalate": "le superviseur décide", "accept": "accordé dans la délégation"}


def written(value: Any) -> str:
    """A value in French."""
    match value:
        case time():
            return f"{value:%H:%M}"
        case Decimal():
            return euros(value)
        case tuple():
            return ", ".join(map(str, value))
        case _:
            return CHOICES.get(value, str(value)) if isinstance(value, str) else str(value)
