"""The usual case beside the worst one: the same facts with the names, amounts and periods of every day."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from notifications.gallery.examples import AMOUNT, LABEL, NAME, PUBLIC_URL, REFERENT, context

_USUAL = {
    NAME: "Garage Piston",
    REFERENT: "Claire Fontaine",
    AMOUNT: Decimal("1240.50"),
    "4e trimestre 2026": "octobre 2026",
    LABEL: "octobre 2026",
    "anne.delatour@urssaf.exemple.fr": "claire.fontaine@urssaf.exemple.fr",
    "Urssaf Provence-Alpes-Côte d'Azur": "Urssaf Île-de-France",
    "20 avenue Viton, 13299 Marseille Cedex 20": "22 rue de Lagny, 93518 Montreuil Cedex",
    "12345678901234567890": "117000000123456789",
    "Jean-François d'Hérouville-Brûl": "Bruno Petit",
}


def typical(own: Mapping[str, Any]) -> dict[str, Any]:
    """The context of a letter as most are: ``own`` are the facts of one of its variants."""
    usual: dict[str, Any] = _usual(context(**own))
    links = dict.fromkeys(usual["links"], f"{PUBLIC_URL}/l/AbCd{'x' * 34}")
    return usual | {"links": links | {"pages": PUBLIC_URL}}


def _usual(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _usual(inside) for name, inside in value.items()}
    if isinstance(value, list):
        return [_usual(inside) for inside in value]
    return _USUAL.get(value, value)
