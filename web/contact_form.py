"""The fields of contact details, on the enterprise's page and at the console (ENR-5)."""

from __future__ import annotations

from pydantic import ValidationError
from starlette.datastructures import FormData

from activities.inbound.schemas import Contact

FIELDS = ("name", "email", "phone")
WRONG = {
    "name": "Indiquez le nom de la personne à contacter, sur une ligne.",
    "email": "Cette adresse mail n'est pas complète : écrivez-la comme prenom@exemple.fr.",
    "phone": "Ce numéro n'existe pas : écrivez-le comme 06 12 34 56 78, ou avec son indicatif comme +32 2 555 12 12.",
}
NOWHERE = "Indiquez une adresse mail ou un numéro de téléphone : sans eux, personne ne peut vous prévenir."


def written(form: FormData) -> dict[str, str]:
    """What was typed, without the blanks around."""
    return {name: str(form.get(name) or "").strip() for name in FIELDS}


def contact_of(form: FormData) -> Contact | dict[str, str]:
    """The details, or what is to be corrected by field."""
    typed = {name: value or None for name, value in written(form).items()}
    try:
        contact = Contact.model_validate(typed)
    except ValidationError as error:
        return {name: WRONG[name] for name in FIELDS if name in {it["loc"][0] for it in error.errors()}}
    return contact if contact.email or contact.phone else {"email": NOWHERE}
