"""What changes for an enterprise that reaches 11, 20 or 50 employees, and what the law freezes for five years (THR-1).

As read in the codes of March 2026 (CSS L130-1, R130-1, R243-6, R243-6-1). Texts are in French, for the enterprise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Freeze(StrEnum):
    """Whether crossing the size counts only after five civil years in a row (CSS L130-1 II)."""

    FROZEN = "Gelé pendant cinq ans"
    AT_ONCE = "Non gelé"
    ASKED = "À vérifier avec votre contact à l'Urssaf"


@dataclass(frozen=True)
class Change:
    """One obligation, as it is below a size and from it on."""

    name: str
    below: str
    above: str
    freeze: Freeze


_COUNCIL = Change(
    "Comité social et économique (CSE)",
    "pas d'obligation avant 11 salariés",
    "à mettre en place après 12 mois de suite à 11 salariés",
    Freeze.AT_ONCE,
)

SHEETS: Mapping[int, tuple[Change, ...]] = {
    11: (
        Change("Versement mobilité", "non dû", "dû, à un taux qui dépend du lieu de travail", Freeze.FROZEN),
        Change("Formation professionnelle", "0,55 % des salaires", "1 % des salaires", Freeze.FROZEN),
        Change("Forfait social", "non dû", "8 % des contributions de prévoyance", Freeze.FROZEN),
        Change("Paiement trimestriel", "possible, si vous l'avez choisi", "paiement chaque mois", Freeze.FROZEN),
        _COUNCIL,
    ),
    20: (
        Change(
            "Travailleurs handicapés", "pas d'obligation d'emploi", "obligation d'emploi à respecter", Freeze.FROZEN
        ),
        _COUNCIL,
    ),
    50: (
        Change("Logement (FNAL)", "0,10 % des salaires", "0,50 % des salaires", Freeze.ASKED),
        Change("Effort de construction (PEEC)", "non dû", "dû", Freeze.ASKED),
        Change("DSN et paiement", "le 15 du mois", "le 5 du mois", Freeze.ASKED),
        Change("Participation aux résultats", "facultative", "obligatoire", Freeze.ASKED),
        _COUNCIL,
    ),
}
"""By size, in the order of :class:`Freeze`."""
