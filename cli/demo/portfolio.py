"""Who is in the demonstration: nobody real. Phones are those kept for fiction, mails are at example.org."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

from stdnum import luhn

from domain.calendar import add_months

IDF, RHA = "urssaf-idf", "urssaf-rhone-alpes"


@dataclass(frozen=True)
class Person:
    """Someone invented, reachable in fiction."""

    id: str
    name: str = field(repr=False)
    email: str = field(repr=False)
    phone: str | None = field(repr=False)


@dataclass(frozen=True)
class Firm:
    """An invented enterprise and the name of its story."""

    rank: int
    organisation: str
    name: str
    naf: str
    opened_on: date
    headcount: int
    story: str
    quarterly: bool
    contact: Person
    accountant: Person | None

    @property
    def siren(self) -> str:
        """Valid by its check digit, and below the first number ever given to an enterprise."""
        base = f"{10_000 + 37 * self.rank:08}"
        return base + luhn.calc_check_digit(base)

    @property
    def account(self) -> str:
        """The contributor account."""
        return f"117{self.rank:07}"


class Row(NamedTuple):
    """``months`` and ``days``: the account opened so many months ago, then so many days later."""

    organisation: str
    name: str
    naf: str
    contact: str
    months: int
    days: int
    headcount: int
    options: str
    story: str


AGENTS = {
    IDF: (
        Person("alice.martin", "Alice Martin", "alice.martin@example.org", "+33199001201"),
        Person("karim.benali", "Karim Benali", "karim.benali@example.org", "+33199001202"),
        Person("sophie.lenoir", "Sophie Lenoir", "sophie.lenoir@example.org", "+33199001203"),
    ),
    RHA: (
        Person("bruno.petit", "Bruno Petit", "bruno.petit@example.org", "+33199003401"),
        Person("ines.garcia", "Inès Garcia", "ines.garcia@example.org", "+33199003402"),
        Person("paul.weber", "Paul Weber", "paul.weber@example.org", "+33199003403"),
    ),
}

ACCOUNTANT = Person("cabinet", "Cabinet Chiffres & Lettres", "cabinet@example.org", "+33199005600")

# Options: A accountant, Q quarterly payment, P no phone.
ROWS = (
    Row(IDF, "Boulangerie du Pont Neuf", "10.71C", "Nadia Fournil", 2, 0, 3, "", "due_soon"),
    Row(IDF, "Vélos Belleville", "47.64Z", "Hugo Pignon", 17, 2, 4, "", "notice_soon"),
    Row(IDF, "Atelier Lumen", "62.01Z", "Claire Voltaire", 9, 3, 10, "A", "grown_to_11"),
    Row(IDF, "Menuiserie Copeaux", "43.32A", "Marc Chêne", 0, 0, 1, "", "just_opened"),
    Row(IDF, "Traiteur Basilic", "56.21Z", "Léa Marmite", 0, 0, 2, "A", "just_opened"),
    Row(IDF, "Crèche Les Lutins", "88.91A", "Fatou Berceau", 5, 4, 8, "A", "ordinary"),
    Row(IDF, "Taxi Étoile", "49.32Z", "Yanis Roule", 4, 0, 1, "Q", "ordinary"),
    Row(IDF, "Librairie L'Encrier", "47.61Z", "Jeanne Plume", 7, 1, 2, "", "unknown_amount"),
    Row(IDF, "Salon Mèches & Co", "96.02A", "Sarah Ciseau", 3, 0, 2, "P", "ordinary"),
    Row(IDF, "Jardins Vivaces", "81.30Z", "Tom Bouture", 6, 2, 3, "Q", "nothing_owed"),
    Row(IDF, "Pixel Nord", "73.11Z", "Inaya Trame", 8, 5, 6, "A", "corrected"),
    Row(IDF, "Plomberie Goutte", "43.22A", "Éric Siphon", 10, 0, 5, "", "paid_early"),
    Row(IDF, "Sécurité Vigie", "80.10Z", "Omar Garde", 12, 3, 19, "A", "grown_to_20"),
    Row(IDF, "Resto La Louche", "56.10A", "Anna Cuiller", 5, 0, 4, "", "incident"),
    Row(IDF, "Cabinet Infusion", "86.90E", "Rose Tisane", 11, 2, 2, "", "contact_changed"),
    Row(IDF, "Studio Octave", "59.20Z", "Max Refrain", 14, 0, 3, "", "accountant_appointed"),
    Row(IDF, "Nettoyage Éclat", "81.21Z", "Rita Brosse", 13, 1, 52, "A", "ordinary"),
    Row(IDF, "Épicerie Vrac", "47.11B", "Lou Bocal", 16, 0, 1, "", "closed"),
    Row(IDF, "Transports Zénith", "49.41A", "Igor Essieu", 6, 3, 9, "A", "transferred"),
    Row(IDF, "Conseil Méridien", "70.22Z", "Ida Compas", 1, 0, 0, "", "just_opened"),
    Row(IDF, "Maçonnerie Pierre", "43.99C", "Luc Truelle", 2, 0, 2, "", "not_opened_yet"),
    Row(IDF, "Brasserie Houblon", "56.30Z", "Paul Mousse", 9, 2, 4, "", "struggling"),
    Row(IDF, "Garage Piston", "45.20A", "Lise Carter", 7, 0, 3, "", "asks_for_time"),
    Row(RHA, "Fromagerie des Alpages", "10.51C", "Odile Tomme", 2, 1, 3, "", "due_soon"),
    Row(RHA, "Ski Service Cimes", "77.21Z", "Rémi Piste", 17, -4, 5, "A", "ordinary"),
    Row(RHA, "Robotique Saône", "28.99B", "Lina Circuit", 9, 0, 12, "A", "ordinary"),
    Row(RHA, "Horlogerie Tic", "26.52Z", "Élie Balancier", 17, -15, 2, "", "unknown_amount"),
    Row(RHA, "Gîte du Vercors", "55.20Z", "Noé Sentier", 0, 0, 1, "Q", "just_opened"),
    Row(RHA, "Imprimerie Gutenbleu", "18.12Z", "Maya Encre", 10, 2, 7, "", "paid_early"),
    Row(RHA, "Clinique Véto Patte", "75.00Z", "Jules Museau", 4, 0, 10, "A", "grown_to_11"),
    Row(RHA, "Ateliers Textiles Soie", "13.20Z", "Alma Navette", 12, 2, 60, "A", "ordinary"),
    Row(RHA, "Cave Belledonne", "47.25Z", "Ugo Tonneau", 3, 1, 2, "", "corrected"),
    Row(RHA, "École de Pilotage Ravin", "85.53Z", "Zoé Virage", 8, 0, 3, "P", "incident"),
    Row(IDF, "Ferronnerie Volute", "25.12Z", "Aline Forge", 8, 0, 4, "A", "formal_notice"),
    Row(IDF, "Pressing Plume", "96.01B", "Jo Vapeur", 6, 0, 2, "", "long_unpaid"),
    Row(IDF, "Fleuriste Corolle", "47.76Z", "Emma Sépale", 10, 0, 2, "A", "ended"),
    Row(IDF, "Boucherie Deux Rives", "47.22Z", "Karl Paleron", 7, 0, 3, "A", "two_accounts"),
    Row(IDF, "Papeterie Vélin", "47.62Z", "Ada Ramette", 9, 0, 4, "", "asks_for_mediation"),
)


def portfolio(today: date) -> list[Firm]:
    """The enterprises as they stand on a day, the same on every machine."""
    return [_firm(rank, row, today) for rank, row in enumerate(ROWS, start=1)]


def _firm(rank: int, row: Row, today: date) -> Firm:
    return Firm(
        rank=rank,
        organisation=row.organisation,
        name=row.name,
        naf=row.naf,
        opened_on=min(add_months(today, -row.months) + timedelta(days=row.days), today),
        headcount=row.headcount,
        story=row.story,
        quarterly="Q" in row.options,
        contact=_contact(rank, row),
        accountant=ACCOUNTANT if "A" in row.options else None,
    )


def _contact(rank: int, row: Row) -> Person:
    phone = None if "P" in row.options else f"+336399800{rank:02}"
    return Person(f"contact-{rank}", row.contact, f"entreprise{rank:02}@example.org", phone)
