"""The worst letters about meetings and trainings."""

from typing import Any

from notifications.gallery.appointments import STARTS_AT

TITLES = (
    "Embaucher",
    "Droits, déclarations et échéances de l'employeur : l'année de « l'œuvre », pas à pas (€)",
)
PLACED: list[dict[str, Any]] = [
    {
        "meeting": "0f8fad5b-d9cb-469f-a165-70867728950e",
        "sequence": 1,
        "kind": kind,
        "title": title,
        "place": "Maison de l'entreprise & des métiers, 20 avenue Viton, 13299 Marseille Cedex 20",
        "starts_at": STARTS_AT,
        "minutes": 90,
    }
    for kind in ("information", "training", "partners")
    for title in TITLES
]
CHANGES = ("registered", "moved", "left", "cancelled", "reminder")
MEETINGS: dict[str, list[dict[str, Any]]] = {f"meeting_{change}": PLACED for change in CHANGES}
