"""Every letter, in every variant, to every addressee, with the longest names."""

import re
from datetime import date
from decimal import Decimal
from functools import cache
from html.parser import HTMLParser
from typing import Any

import pytest
from jinja2 import UndefinedError

from notifications.gallery.examples import BY_MAIL_ONLY, LETTERS, NAME, PUBLIC_URL, REFERENT, VARIANTS, context, link
from notifications.ports import Channel
from notifications.rendering import TEMPLATES, Rendered, render
from notifications.sms import gsm_safe, segments
from notifications.wording import court, euros_mail, euros_sms, jour_mail, telephone

CHANNELS: tuple[Channel, ...] = ("sms", "mail")
URL = re.compile(r"https?://[^\s\"'<>)]+")
REMOTE = re.compile(r"<(?:img|script|link|iframe|object|video|audio|source)\b|@import|url\(|\bsrc=", re.IGNORECASE)
FORBIDDEN = re.compile(
    r"répondez|repondez|\bstop\b|\biban\b|\bbic\b|\brib\b|carte bancaire|mise en demeure|contrainte|sanction"
    r"|poursuites|huissier|pénalité|\bNone\b|\{\{|\{%|\btu\b|\bton\b",
    re.IGNORECASE,
)

EXPLAINED = {"notice_served": "mise en demeure", "writ_served": "contrainte"}
"""An act that has been served is called by its name by the letter that explains it."""


@cache
def every(channel: Channel) -> list[tuple[str, dict[str, Any], Rendered]]:
    written = ((template, given) for template, given in LETTERS if channel == "mail" or template not in BY_MAIL_ONLY)
    return [(template, given, render(template, channel, given)) for template, given in written]


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_every_template_is_tried_here() -> None:
    assert set(TEMPLATES) == set(VARIANTS)


def test_every_sms_fits_two_parts_of_gsm_7() -> None:
    for template, _, sms in every("sms"):
        encoding, parts = segments(sms.text)
        assert (encoding, parts <= 2) == ("GSM-7", True), f"{template}: {len(sms.text)} {sms.text}"


def test_an_sms_that_names_a_second_account_still_fits_by_cutting_names_and_nothing_else() -> None:
    account = {"period_label": "4e trimestre 2026, compte 12345678901234567890"}
    for template, given in LETTERS:
        if "period_label" in given and template not in BY_MAIL_ONLY:
            text = render(template, "sms", given | account).text
            assert segments(text) in (("GSM-7", 1), ("GSM-7", 2)), text


def test_every_sms_is_one_line_and_names_the_enterprise_and_a_direct_contact() -> None:
    for template, given, sms in every("sms"):
        followed = given["referent"] if template != "closed" else None
        contact = followed or given["organisation"]
        assert "\n" not in sms.text
        assert court(NAME, 12).rstrip(".") in sms.text
        assert court(contact["name"], 14).rstrip(".") in sms.text
        assert "04 91 00 00 0" in sms.text
        assert (sms.subject, sms.html) == ("", "")


def test_every_mail_names_the_referent_or_the_organisation_with_a_direct_contact() -> None:
    for template, given, mail in every("mail"):
        followed = given["referent"] if template != "closed" else None
        contact = followed or given["organisation"]
        for part in (mail.text, mail.html.replace("&#39;", "'")):
            assert contact["name"] in part
            assert contact["email"] in part
            assert given["organisation"]["address"] in part


def test_no_mail_loads_anything_from_elsewhere() -> None:
    for template, _, mail in every("mail"):
        assert not REMOTE.search(mail.html), template


SERVICES = ("https://www.net-entreprises.fr", "https://mon-entreprise.urssaf.fr", "https://www.letese.urssaf.fr")
"""The services that the welcome gives the address of (ENR-4)."""


def test_every_link_stays_on_the_configured_domain() -> None:
    for channel in CHANNELS:
        for template, _, letter in every(channel):
            allowed = (f"{PUBLIC_URL}/", *(SERVICES if template == "welcome" else ()))
            assert all(url.startswith(allowed) for url in URL.findall(letter.text + letter.html)), template
            assert "www." not in re.sub("|".join(map(re.escape, SERVICES)), "", letter.text), template


PROPOSED = {
    r"demander (?:dès maintenant )?un délai|délai de paiement peut être demandé|faire une nouvelle demande": "plan",
    r"un médiateur, gratuit|demander une médiation": "help",
    r"demander un rendez-vous": "help",
    r"déplacer|annuler (?:ce|mon|votre) rendez-vous|choisir mon créneau|choisissez-le": "slot",
    r"prolonger mon parcours|pour le prolonger|encore le prolonger|reprendre mon parcours|peut reprendre": "extend",
    r"réponse à la proposition|si vous l'acceptez|proposition .* vous attend": "reply",
    r"donner mon avis|votre avis en": "survey",
    r"dans mon agenda|voir mon agenda": "agenda",
    r"confirmer mes coordonnées|confirmer vos coordonnées : ": "confirm",
    r"rendre (?:ma|votre) place|rendez votre place|voir les réunions": "meetings",
}
"""What the words of a letter propose, and the link by which it is done from there (COM-7)."""


@pytest.mark.parametrize("channel", CHANNELS)
def test_what_a_letter_proposes_is_linked_from_it(channel: Channel) -> None:
    for template, given, letter in every(channel):
        for words, action in PROPOSED.items():
            if re.search(words, letter.text, re.IGNORECASE | re.MULTILINE):
                assert given["links"][action] in letter.text, (template, words)


@pytest.mark.parametrize(
    ("template", "action"),
    [
        *((template, "plan") for template in ("notice_served", "writ_served", "incident_handed_over", "plan_refused")),
        *((template, "plan") for template in ("incident_repeated", "plan_lapsed", "incident_opened")),
        *((template, "help") for template in ("notice_served", "writ_served", "incident_handed_over")),
        *((template, "help") for template in ("refund_received", "appointment_cancelled")),
        *((template, "slot") for template in ("appointment_booked", "appointment_moved", "appointment_reminder")),
    ],
)
def test_the_letters_that_once_proposed_without_a_link_have_it(template: str, action: str) -> None:
    written = [
        letter.text for name, given, letter in every("mail") if name == template and not given.get("plan_pending")
    ]
    linked = [text for text in written if link(action) in text]
    assert linked
    if template not in ("notice_served", "writ_served"):  # under a plan there is nothing more to ask
        assert linked == written


def test_what_matters_is_a_card_and_the_first_act_a_button() -> None:
    for template, _, mail in every("mail"):
        assert mail.html.count('class="button"') <= 1, template
    html = render("due_reminder", "mail", context(**VARIANTS["due_reminder"][0])).html
    card = html.split('class="card"')[1].split("</blockquote>")[0]
    assert "16\u00a0novembre" in card
    assert "9\u00a0999\u00a0999,99\u00a0€" in card
    assert html.count('class="button"') == 1


def test_no_number_of_a_mail_is_parted_by_the_end_of_a_line() -> None:
    parted = re.compile(r"\d \d{3}\b|\d €|\b\d\d \d\d \d\d\b|\d h\b| [:;?!»]|« ")
    for template, _, mail in every("mail"):
        seen = re.sub(r"<style>.*?</style>|<[^>]*>", "", mail.html, flags=re.DOTALL)
        assert not parted.search(seen), (template, parted.search(seen))


def test_no_letter_threatens_asks_for_stop_or_shows_a_hole() -> None:
    for channel in CHANNELS:
        for template, _, letter in every(channel):
            words = (letter.subject + letter.text).lower().replace(EXPLAINED.get(template, "\0"), "")
            assert not FORBIDDEN.search(words), template


def test_every_letter_about_an_appointment_lets_one_move_or_cancel_it() -> None:
    for channel in CHANNELS:
        for template, given, letter in every(channel):
            if template in ("appointment_booked", "appointment_moved", "appointment_reminder"):
                assert given["links"]["slot"] in letter.text, template
                if channel == "mail" and given["format"] == "phone":
                    assert telephone(given["enterprise"]["phone"]) in letter.html


def test_every_mail_is_a_well_formed_accessible_page() -> None:
    for template, _, mail in every("mail"):
        tags = _Tags()
        tags.feed(mail.html)
        assert tags.open == []
        names = [tag for tag, _ in tags.seen]
        assert ("html", {"lang": "fr"}) in tags.seen
        assert (names.count("h1"), names.count("title"), names.count("main")) == (1, 1, 1), template
        assert "max-width:600px" in mail.html


def test_every_mail_says_why_and_the_enterprise_s_own_how_to_stop() -> None:
    for _, given, mail in every("mail"):
        assert "Vous recevez" in mail.text
        own = not given["for_accountant"]
        assert (given["links"]["preferences"] in mail.text) is own
        assert (given["links"]["accountant"] in mail.text) is not own
        assert (given["links"]["preferences"] in mail.html) is own


def test_an_accountant_s_copy_says_so_first_and_names_the_client() -> None:
    for template, given, mail in every("mail"):
        if given["copy_for_accountant"]:
            assert mail.subject.startswith(f"Copie pour votre client {NAME} : "), template
            assert mail.text.startswith(f"Copie du message adressé à votre client {NAME}")


def test_an_accountant_s_copy_is_the_same_letter() -> None:
    variant = VARIANTS["exit_notice"][0]
    own = render("exit_notice", "mail", context(**variant))
    copy = render("exit_notice", "mail", context(**variant, copy_for_accountant=True))
    assert own.text.partition("Bonjour,")[2].partition("--")[0] == copy.text.partition("Bonjour,")[2].partition("--")[0]


def test_a_name_can_neither_forge_a_link_nor_break_a_mail() -> None:
    given = context()
    given["enterprise"] |= {"name": "<b>A</b> [ici](https://ailleurs.exemple) *B*\nSubject: C & D"}
    mail = render("confirm_contact", "mail", {**given, "copy_for_accountant": True})
    assert "<b>A" not in mail.html
    assert 'href="https://ailleurs' not in mail.html
    assert "\n" not in mail.subject
    assert "<b>A</b> [ici](https://ailleurs.exemple) *B* Subject: C & D" in mail.text


def test_a_variable_that_is_missing_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        render("due_reminder", "mail", context())


def test_a_letter_shown_in_a_log_hides_its_words() -> None:
    assert REFERENT not in repr(render("confirm_contact", "mail", context()))


def reminder(channel: Channel, **changed: object) -> Rendered:
    own = {
        "subject_kind": "both",
        "period_label": "octobre 2026",
        "due_on": date(2026, 11, 16),
        "nominal_on": date(2026, 11, 15),
        "amount": Decimal("1250.5"),
        "days_left": 3,
    }
    return render("due_reminder", channel, context(**{**own, **changed}))


def test_a_moved_due_date_shows_the_legal_date_first() -> None:
    mail, sms = reminder("mail").text, reminder("sms").text
    assert mail.index("dimanche 15 novembre 2026") < mail.index("lundi 16 novembre 2026")
    assert sms.index("15/11/2026") < sms.index("16/11/2026")


def test_a_due_date_that_did_not_move_is_shown_once() -> None:
    sms = reminder("sms", nominal_on=date(2026, 11, 16)).text
    assert sms.count("/11/2026") == 1


@pytest.mark.parametrize(("days", "words"), [(0, "aujourd'hui"), (1, "demain"), (3, "dans 3 jours")])
def test_a_reminder_s_words_fit_the_day_it_leaves(days: int, words: str) -> None:
    assert words in reminder("mail", days_left=days).subject
    assert words in reminder("sms", days_left=days).text


def test_a_reminder_gives_the_amount_or_where_to_find_it() -> None:
    assert "1 250,50 €" in reminder("mail").text
    assert "1250,50 EUR" in reminder("sms").text
    assert "espace en ligne Urssaf" in reminder("mail", amount=None).text
    assert "espace Urssaf" in reminder("sms", amount=None).text


def test_a_declaration_is_due_before_noon_and_has_no_amount() -> None:
    for channel in CHANNELS:
        text = reminder(channel, subject_kind="declaration").text
        assert "avant midi" in text
        assert "Montant" not in text
        assert "avant midi" not in reminder(channel, subject_kind="payment").text


def test_a_correction_gives_the_new_and_the_old() -> None:
    own = {"period_label": "octobre 2026", "due_on": date(2026, 11, 16), "previous_due_on": date(2026, 11, 15)}
    amounts = {"amount": Decimal("100"), "previous_amount": Decimal("90")}
    sms = render("due_correction", "sms", context(**own, **amounts)).text
    assert "16/11/2026 (et non 15/11/2026)" in sms
    assert "100,00 EUR (et non 90,00 EUR)" in sms


def test_the_welcome_tells_all_that_enr_4_asks() -> None:
    given = context(first_due=date(2026, 12, 15), has_accountant=False, tese=True, headcount=2)
    text = render("welcome", "mail", given).text
    for told in (
        "12345678901234567890",
        "20 avenue Viton",
        "mardi 15 décembre 2026",
        "DSN",
        "Simulateur",
        "Visite conseil",
    ):
        assert told in text
    for told in ("TESE", "48 heures", "72 heures", "8 jours ouvrés", link("confirm"), link("agenda")):
        assert told in text


def test_the_last_exit_notice_offers_no_extension() -> None:
    own = {"ends_on": date(2027, 5, 16), "can_extend": False, "extends_to": None}
    for channel in CHANNELS:
        assert link("extend") not in render("exit_notice", channel, context(**own)).text


def test_mail_keeps_its_accents_and_sms_loses_only_what_gsm_7_lacks() -> None:
    assert NAME in render("confirm_contact", "mail", context(copy_for_accountant=True)).text
    sms = render("confirm_contact", "sms", context()).text
    assert "Creperie Ménestrel & Soeurs" in sms
    assert sms == gsm_safe(sms)


def test_amounts_dates_and_numbers_are_written_the_french_way() -> None:
    assert (euros_mail(Decimal("9999999.99")), euros_sms(Decimal("9999999.99"))) == ("9 999 999,99 €", "9999999,99 EUR")
    assert euros_mail(Decimal("0.005")) == "0,01 €"
    assert jour_mail(date(2026, 11, 1)) == "dimanche 1er novembre 2026"
    assert telephone("+33491000000") == "04\u00a091\u00a000\u00a000\u00a000"


@pytest.mark.parametrize("channel", CHANNELS)
def test_the_closing_letter_names_who_answers_now_and_not_the_contact_of_before(channel: Channel) -> None:
    for given in (it for template, it in LETTERS if template == "closed" and it["referent"]):
        words = render("closed", channel, given).text
        assert given["referent"]["name"].split()[0] not in words
        assert court(given["organisation"]["name"], 14).rstrip(".") in words
