"""The worst letters an enterprise may be sent: the longest names, amounts and links."""

from datetime import date
from decimal import Decimal
from typing import Any

from domain.accounts import with_account
from notifications.gallery.appointments import APPOINTMENTS
from notifications.gallery.incidents import INCIDENTS
from notifications.gallery.meetings import MEETINGS

PUBLIC_URL = "https://parcours.exemple.fr"
NAME = "Crêperie Ménestrel & Sœurs, pâtisserie"
REFERENT = "Anne-Éléonore de La Tour-Maçon"
AMOUNT = Decimal("9999999.99")
LINKS = (
    "confirm",
    "preferences",
    "extend",
    "survey",
    "agenda",
    "reply",
    "slot",
    "plan",
    "help",
    "meetings",
    "accountant",
    "clients",
)


def link(action: str) -> str:
    """A signed link as long as they come."""
    return f"{PUBLIC_URL}/l/{action}".ljust(90, "_")


LABEL = with_account("4e trimestre 2026", "12345678901234567890")
"""Of an enterprise with two accounts."""


def context(**own: object) -> dict[str, Any]:
    """What a template is filled with, with the facts ``own`` of a letter."""
    return {
        "enterprise": {
            "name": NAME,
            "siren": "404833048",
            "account": "12345678901234567890",
            "phone": own.get("phone", "+33639980001"),
        },
        "organisation": {
            "name": "Urssaf Provence-Alpes-Côte d'Azur",
            "address": "20 avenue Viton, 13299 Marseille Cedex 20",
            "phone": "+33491000000",
            "email": "jeunes-entreprises@urssaf.exemple.fr",
        },
        "referent": {"name": REFERENT, "phone": "+33491000001", "email": "anne.delatour@urssaf.exemple.fr"},
        "links": {**{action: link(action) for action in LINKS}, "pages": PUBLIC_URL},
        "today": date(2026, 11, 12),
        "for_accountant": bool(own.get("copy_for_accountant")),
        "copy_for_accountant": False,
        "commitments": {"request_hours": 48, "plan_hours": 72, "appointment_days": 8},
        **own,
    }


SUNDAY, MONDAY = date(2026, 11, 15), date(2026, 11, 16)


def _reminders() -> list[dict[str, Any]]:
    return [
        {
            "subject_kind": kind,
            "period_label": LABEL,
            "due_on": MONDAY,
            "nominal_on": nominal,
            "amount": amount,
            "days_left": days,
        }
        for kind in ("payment", "declaration", "both")
        for nominal in (SUNDAY, MONDAY)
        for amount in (AMOUNT, None)
        for days in (0, 1, 3, 10)
    ]


def _corrections() -> list[dict[str, Any]]:
    return [
        {
            "period_label": LABEL,
            "due_on": MONDAY,
            "previous_due_on": previous,
            "amount": amount,
            "previous_amount": previous_amount,
        }
        for previous in (SUNDAY, MONDAY)
        for amount in (AMOUNT, None)
        for previous_amount in (Decimal("8888888.88"), None)
    ] + [
        {
            "period_label": LABEL,
            "due_on": MONDAY,
            "previous_due_on": MONDAY,
            "amount": AMOUNT,
            "previous_amount": AMOUNT,
            "beyond": AMOUNT,
        }
    ]


def _closings() -> list[dict[str, Any]]:
    return [
        {"reason": reason, "ends_on": MONDAY, "can_resume": can_resume}
        for reason in ("term", "account_closed", "procedure", "declined", "transferred")
        for can_resume in (True, False)
    ]


def _plan(**own: Any) -> dict[str, Any]:
    drawn = [{"due_on": day, "amount": AMOUNT} for day in (SUNDAY, MONDAY)]
    return {
        "plan": "0123456789abcdef",
        "period_label": LABEL,
        "amount": AMOUNT,
        "instalments": drawn,
        **own,
    }


ANSWER = {"answer_on": MONDAY, "answer_hour": "14 h 30"}
PIECES = ["employee_share", "declaration", "cash_forecast", "bank_statements", "accounts", "mandate"]
NOTE = "Votre plan de trésorerie montre que deux échéances suffisent, dès le mois prochain."

PLANS: dict[str, list[dict[str, Any]]] = {
    "plan_received": [_plan(**ANSWER, is_late=late) for late in (False, True)],
    "plan_resumed": [_plan(**ANSWER)],
    "plan_incomplete": [
        _plan(pieces=pieces, just_asked=asked, share_amount=AMOUNT, covered_amount=AMOUNT)
        for pieces in [PIECES, *([piece] for piece in PIECES)]
        for asked in (True, False)
    ],
    "plan_accepted": [_plan()],
    "plan_countered": [_plan(until_on=MONDAY, until_hour="14 h 30", note_text=note) for note in (NOTE, None)],
    "plan_refused": [_plan(note_text=note) for note in (NOTE, None)],
    "plan_lapsed": [_plan(declined=declined) for declined in (True, False)],
    "plan_unneeded": [_plan()],
    "plan_kept": [_plan(), _plan(beyond=AMOUNT)],
    "plan_mended": [_plan()],
    "instalment_reminder": [
        {
            "number": 11,
            "count": 12,
            "period_label": LABEL,
            "due_on": day,
            "amount": AMOUNT,
            "days_left": left,
        }
        for day in (SUNDAY, MONDAY)
        for left in (-1, 0, 1, 3, 10)
    ],
}

VARIANTS: dict[str, list[dict[str, Any]]] = {
    "welcome": [
        {"first_due": due, "has_accountant": accountant, "tese": not accountant, "headcount": 3}
        for due in (MONDAY, None)
        for accountant in (True, False)
    ],
    "confirm_contact": [{}],
    "due_reminder": _reminders(),
    "due_correction": _corrections(),
    "threshold_11": [{"headcount": 11}],
    "threshold_20": [{"headcount": 20}],
    "threshold_50": [{"headcount": 50}],
    "yearly_statement": [
        {
            "year": year,
            "due_count": 36,
            "paid_count": 35,
            "unknown_count": unknown,
            "due_total": AMOUNT,
            "paid_total": AMOUNT,
            "open_periods": periods,
            "ahead": [{"label": "échéance d'octobre 2026", "date": MONDAY}] if periods else [],
        }
        for year in (1, 2, 3)
        for periods in ([], ["octobre 2026", "4e trimestre 2026"])
        for unknown in (0, 1, 10)
    ],
    "exit_notice": [
        {"ends_on": MONDAY, "can_extend": True, "extends_to": date(2027, 5, 16)},
        {"ends_on": MONDAY, "can_extend": False, "extends_to": None},
    ],
    "exit_reminder": [{"ends_on": MONDAY, "extends_to": date(2027, 5, 16)}],
    "extended": [{"ends_on": MONDAY, "extensions": 1, "remaining": 2}],
    "resumed": [{"ends_on": MONDAY}],
    "closed": _closings(),
    **PLANS,
    "referent_changed": [
        {"previous_name": name, "reason": reason}
        for name in ("Jean-François d'Hérouville-Brûl", None)
        for reason in ("absence", "departure", "reorganisation", "undone", "transfer")
    ],
    "newsletter": [
        {"newsletter": "0f8fad5b-d9cb-469f-a165-70867728950e", "title": title, "body": body}
        for title in (
            "Numéro 1",
            "Ce qui change au 1er janvier pour les employeurs & leurs salariés (« l'œuvre » de l'année, €)",
        )
        for body in (
            "Bonjour.",
            "# Le taux\n\nIl *baisse* :\n\n- de 1 €\n- de 2 €\n\n<b>5 < 6 & 7</b>",
            "1. [Lire](https://parcours.exemple.fr/x)\n2. Agir",
        )
    ],
    "clients": [{}],
    "contact_code": [{"proposal": "0123456789abcdef", "minutes": 30, "code": "428123"}],
    "contact_corrected": [{"proven": proven, "by": "enterprise"} for proven in (True, False)],
    **APPOINTMENTS,
    **MEETINGS,
    **INCIDENTS,
}

BY_MAIL_ONLY = ("clients", "incident_repeated")
"""Written to the accountant alone, of whom only a mail address is kept."""

NO_REFERENT = {"referent": None}
REFERENT_WITHOUT_PHONE = {
    "referent": {"name": REFERENT, "phone": None, "email": "anne-eleonore.delatour@urssaf.exemple.fr"}
}
ADDRESSEES: list[dict[str, Any]] = [
    {"copy_for_accountant": copy} | referent
    for copy in (False, True)
    for referent in ({}, NO_REFERENT, REFERENT_WITHOUT_PHONE)
]
LETTERS = [
    (template, context(**variant, **addressee, **({"for_accountant": True} if template in BY_MAIL_ONLY else {})))
    for template, variants in VARIANTS.items()
    for variant in variants
    for addressee in ADDRESSEES
]
