"""What codes are called: every event, every fact of a message, every account in a line."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from activities.inbound.internal import INTERNAL_TYPES
from activities.inbound.schemas import EVENT_TYPES
from activities.publishing import TYPES
from domain.vocabulary import EVENTS, facts_said, named

PARIS = ZoneInfo("Europe/Paris")
PEOPLE = {"karim.benali": "Karim Bénali", "a12345": "Zoé Île", "urssaf-idf": "Urssaf Île-de-France"}


def test_every_type_of_event_has_its_french_name() -> None:
    assert {*EVENT_TYPES, *INTERNAL_TYPES, *TYPES} <= set(EVENTS)


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("Suivi par : karim.benali", "Suivi par : Karim Bénali"),
        ("Interlocuteur : a12345", "Interlocuteur : Zoé Île"),
        (
            "Préparer le rendez-vous du 16/11/2026 (karim.benali)",
            "Préparer le rendez-vous du 16/11/2026 (Karim Bénali)",
        ),
        ("Tâche faite par a12345 : Répondre", "Tâche faite par Zoé Île : Répondre"),
        (
            "Le parcours continue à urssaf-idf, avec un conseiller",
            "Le parcours continue à Urssaf Île-de-France, avec un conseiller",
        ),
        ("Suivi par : lea.dupont-roy", "Suivi par : lea.dupont-roy"),
        ("Suivi par : lea.dupont", "Suivi par : Lea Dupont"),
        ("Premier rendez-vous du 16.11.2026 : déplacé", "Premier rendez-vous du 16.11.2026 : déplacé"),
    ],
)
def test_accounts_in_a_line_are_read_as_names(line: str, read: str) -> None:
    assert named(line, PEOPLE) == read


def test_the_facts_of_a_message_are_french_and_their_ids_are_left_out() -> None:
    facts = {
        "amount": "1240.50",
        "due_on": "2026-11-16",
        "starts_at": "2026-12-02T09:00:00+00:00",
        "kind": "unpaid",
        "has_accountant": False,
        "incident": "242a841122caf77e36a68b1b",
        "instalments": [{"due_on": "2026-12-15", "amount": "450"}, {"due_on": "2027-01-15", "amount": "450.00"}],
        "ends_on": None,
    }
    assert list(facts_said(facts, PARIS)) == [
        "Expert-comptable : non",
        "Horaire : 02/12/2026 à 10 h 00",
        "Montant : 1 240,50 €",
        "Nature : échéance impayée",
        "Versements : 15/12/2026, 450,00 € ; 15/01/2027, 450,00 €",
        "Échéance du : 16/11/2026",
    ]
