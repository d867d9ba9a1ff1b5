"""What each rule asks to be told is in its letter."""

from __future__ import annotations

from typing import Any

import pytest

from notifications.gallery.examples import PUBLIC_URL, VARIANTS, context, link
from notifications.rendering import render
from tests.french import ELISION

ASKED: dict[str, tuple[str, ...]] = {
    "INC-2 incident_opened": (
        "9 999 999,99 €",
        "Payer maintenant",
        "délai de paiement",
        "En parler avec nous",
        "avant le",
    ),
    "INC-2 difficulty_received": ("notée", "délai de paiement", "DSN"),
    "INC-5 incident_last_call": ("droit à l'erreur", "24 mois", "prend le relais"),
    "INC-7 incident_handed_over": ("recouvrement", "délai de paiement", "médiateur"),
    "INC-10 notice_served": (
        "mise en demeure",
        "deux mois",
        "commission de recours amiable",
        "médiateur",
        "délai de paiement",
    ),
    "INC-10 writ_served": ("contrainte", "quinze jours", "opposition", "médiateur", "délai de paiement"),
    "INC-11 refund_received": ("heures", "9 999 999,99 €"),
    "INC-12 remission_decided": ("majorations", "La raison"),
    "PLN-2 plan_received": ("14 h 30", "lundi 16 novembre 2026"),
    "PLN-5 plan_refused": ("La raison", "rendez-vous"),
    "PLN-5 plan_countered": ("14 h 30", link("reply")),
    "PLN-8 plan_kept": ("Merci",),
    "PLN-10 plan_mended": ("à temps", "continue"),
    "THR-1 threshold_11": (
        "Gelé pendant cinq ans",
        "Non gelé",
        "versement mobilité",
        "CSE",
        "formations, en ligne",
        f"{PUBLIC_URL}/fiches/11",
        link("meetings"),
    ),
    "THR-1 threshold_20": (
        "Gelé pendant cinq ans",
        "Non gelé",
        "travailleurs handicapés",
        "formations, en ligne",
        f"{PUBLIC_URL}/fiches/20",
        link("meetings"),
    ),
    "THR-1 threshold_50": (
        "FNAL",
        "PEEC",
        "le 5 du mois",
        "participation",
        "Gelé ou non",
        "formations, en ligne",
        f"{PUBLIC_URL}/fiches/50",
        link("meetings"),
    ),
    "REG-3 yearly_statement": ("35 sur 36", "régulariser", "À venir", "lundi 16 novembre 2026"),
    "EXT-1 exit_notice": ("Ce qui s'arrête", "Ce qui continue", "un gestionnaire", link("extend")),
    "EXT-3 exit_reminder": ("prolonger", link("extend")),
    "EXT-3 closed": ("terminé", link("survey")),
    "ENR-3 referent_changed": ("Anne-Éléonore de La Tour-Maçon", "vous accompagne"),
    "APT-2 appointment_booked": ("14 h", "L'invitation jointe"),
    "APT-5 meeting_registered": ("Embaucher", "14 h", "L'invitation jointe", link("meetings")),
    "APT-5 meeting_cancelled": ("annulée", "L'invitation jointe", link("meetings")),
    "ASK-1 problem_received": ("48 heures", "médiation", link("help")),
    "MED-1 mediation_received": ("48 heures", "commission de recours amiable", "deux mois"),
}


def letters(template: str) -> list[str]:
    """A letter in each of its variants."""
    given: list[dict[str, Any]] = VARIANTS[template]
    return [render(template, "mail", context(**own)).text for own in given]


@pytest.mark.parametrize("named", ASKED)
def test_a_letter_says_what_its_rule_asks(named: str) -> None:
    texts = letters(named.split()[1])
    assert [words for words in ASKED[named] if not any(words in text for text in texts)] == []


@pytest.mark.parametrize("template", ["notice_served", "writ_served"])
def test_whoever_has_no_plan_is_told_that_one_is_still_possible(template: str) -> None:
    for own in VARIANTS[template]:
        text = render(template, "mail", context(**own)).text
        assert ("Demander un délai de paiement" in text) == (own["plan"] is None)


@pytest.mark.parametrize("template", VARIANTS)
def test_a_month_that_begins_with_a_vowel_reads_as_well(template: str) -> None:
    for own in VARIANTS[template]:
        month = {"period_label": "octobre 2026"} if "period_label" in own else {}
        text = render(template, "mail", context(**{**own, **month})).text
        assert not ELISION.findall(text)
