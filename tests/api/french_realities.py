"""A hundred enterprises as INSEE, cabinets and people write them: names, addresses, numbers, accounts."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import cycle

from stdnum import luhn

NAMES = (
    ("Boulangerie\u00a0Léa", "boulangerie lea"),
    ("Bar «\u00a0Le Quai\u00a0»", "bar le quai"),
    ("L’Œuf d’Or", "l'oeuf d'or"),
    ("L'ŒUVRE DU CŒUR", "loeuvre du coeur"),
    ("Crêperie Sœurs Maçon", "CREPERIE SOEURS"),
    ("Ets Jean-Luc Lætitia", "jean luc laetitia"),
    ("Cafe\u0301 Noe\u0308l", "Café Noël"),
    ("S.A.R.L. Île & Mer", "sarl ile"),
    ("Duval, Expertise & Conseil", "duval expertise"),
    ("MARTIN; FILS", "martin fils"),
    ("12½ Rue Haute", "rue haute"),
    ("Médecin·e·s du Quartier", "medecin.e.s"),
    ("👩‍🍳 Chef Lou", "chef lou"),
    ("Marque® & Co™", "marque"),
    ("5′ d’Arrêt × 2", "d'arret"),
    ("Chez <Lou>", "chez lou"),
    ("Ça c’est « Bio »", "ca c'est bio"),
    ("Où Ç’A Été", "ou ca ete"),
    ("Soft\u00adhyphène", "softhyphene"),
    ("Zéro\u200blargeur", "zerolargeur"),
    ("Maïs à l’Âtre", "mais a l'atre"),
    ("Łukasz & Đorđe", "lukasz"),
    ("Hôtel Straße", "hotel strasse"),
    ("H&M*—Coiffure", "coiffure"),
    ("A", "a"),
    ("100 % Français", "100 % francais"),
    ("N° 5 [bis] {ter}", "n° 5"),
    ("Café_des_Arts", "cafe_des_arts"),
    ("ENTREPRISE DE LA TRÈS LONGUE DÉNOMINATION SOCIALE DES ARTISANS RÉUNIS DU PÉRIGORD NOIR", "perigord noir"),
    ("l'atelier d'à côté", "L’ATELIER D’A COTE"),
)
PEOPLE = (
    "Zoé Lœuf",
    "MARTIN, Léa",
    "N’Guyen Thị Ánh",
    "de La Tour-Maçon, Anne-Éléonore",
    "O’Brien; gérant",
    'Jean "Jeannot" Dupont',
    "Loïc\u00a0Le\u202fGoff",
    "Ahmed Ben Ali (associé)",
    "Mme. Ælis d’Hérouville",
    "Jose\u0301 Pe\u0301rez",
    "Lou <lou@ailleurs.fr>",
    "Ève",
    "François-Xavier Lefèvre",
)
MAILS = (
    ("zoe@exemple.fr", "zoe@exemple.fr"),
    ("  zoe@exemple.fr\u00a0", "zoe@exemple.fr"),
    ("<zoe@exemple.fr>", "zoe@exemple.fr"),
    ("mailto:zoe@exemple.fr", "zoe@exemple.fr"),
    ("zoe@exemple.fr,", "zoe@exemple.fr"),
    ("o'brien+urssaf@exemple-sarl.co.fr", "o'brien+urssaf@exemple-sarl.co.fr"),
    ("Zoe.Loeuf@Exemple.FR", "Zoe.Loeuf@Exemple.FR"),
)
PHONES = (
    ("06 39 98 00 01", "+33639980001"),
    ("06\u00a039\u202f98\u00a000\u00a002", "+33639980002"),
    ("06.39.98.00.03", "+33639980003"),
    ("06/39/98/00/04", "+33639980004"),
    ("+33 (0)6 39 98 00 05", "+33639980005"),
    ("0692 12 34 56", "+262692123456"),
    ("+262 0692 12 34 57", "+262692123457"),
    ("0709 00 12 34", "+590709001234"),
    ("0708 40 12 34", "+508708401234"),
    ("0690.12.34.56", "+590690123456"),
    ("+377 6 12 34 56 78", "+377612345678"),
    ("+32 475 12 34 56", "+32475123456"),
    ("01 99 00 00 01", "+33199000001"),
    ("0262 12 34 56", "+262262123456"),
    ("+41 79 123 45 67", "+41791234567"),
    ("07 55 12 34 56", "+33755123456"),
    ("tel:+33639980006", "+33639980006"),
)
ACCOUNTS = (
    ("117 000001234", "117000001234"),
    ("117\u00a0000\u202f001 235", "117000001235"),
    ("ab 12 cd 34", "AB12CD34"),
    (" 937000002001112233 ", "937000002001112233"),
    ("117000001236", "117000001236"),
)


@dataclass(frozen=True)
class Reality:
    """One enterprise; what is typed beside what is to be kept."""

    siren: str
    name: str
    looked_for: str
    person: str
    mail: tuple[str, str]
    phone: tuple[str, str]
    account: tuple[str, str]


def hundred() -> list[Reality]:
    """Each column goes round at its own pace, so that nothing always meets the same neighbour."""
    sirens = [number + luhn.calc_check_digit(number) for number in map(str, range(80_000_001, 80_000_101))]
    columns = zip(sirens, cycle(NAMES), cycle(PEOPLE), cycle(MAILS), cycle(PHONES), cycle(ACCOUNTS), strict=False)
    return [Reality(siren, *name, *rest) for siren, name, *rest in columns]
