import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications import rendering
from notifications.sms import gsm_safe, segments, valid_sender
from notifications.wording import court

TEMPLATES_OF_SMS = tuple((Path(rendering.__file__).parent / "templates").glob("*.sms.j2"))


@pytest.mark.parametrize(
    ("text", "encoding", "parts"),
    [
        ("", "GSM-7", 1),
        ("é" * 160, "GSM-7", 1),
        ("é" * 161, "GSM-7", 2),
        ("a" * 306, "GSM-7", 2),
        ("a" * 307, "GSM-7", 3),
        ("€" * 80, "GSM-7", 1),
        ("€" * 81, "GSM-7", 2),
        ("ê" * 70, "UCS-2", 1),
        ("ê" * 71, "UCS-2", 2),
        ("ê" * 134, "UCS-2", 2),
        ("ê" * 135, "UCS-2", 3),
        ("😀" * 35, "UCS-2", 1),
    ],
)
def test_an_sms_is_counted_in_its_real_encoding(text: str, encoding: str, parts: int) -> None:
    assert segments(text) == (encoding, parts)


def test_an_escaped_character_is_not_cut_between_two_parts() -> None:
    assert segments("€" * 153) == ("GSM-7", 3)


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("Crêperie Sœurs Maçon", "Creperie Soeurs Macon"),
        ("éèàùìòÇÉñ€", "éèàùìòÇÉñ€"),
        ("l’échéance…", "l'échéance..."),
        ("1\u202f250,50\u00a0€", "1 250,50 €"),
        ("« oui » – n°1", '" oui " - no1'),
        ("À É Ê Œ", "A É E OE"),
        ("e\u0301te\u0301", "été"),
        ("zéro\u200blargeur", "zérolargeur"),
        ("12½ rue Haute", "12 1/2 rue Haute"),
        ("12 ½ rue Haute", "12 1/2 rue Haute"),
        ("½ journée, ¾ h", "1/2 journée, 3/4 h"),
        ("100 m², 3³", "100 m2, 3 3"),
        ("médecin·e·s", "médecin.e.s"),
        ("lʼart, 5′ 10″, rock’n’roll", "l'art, 5' 10\", rock'n'roll"),
        ("2 × 3, 4 ÷ 2, ± 1", "2 x 3, 4 / 2, +- 1"),
        ("‹ Chez › „Lou”", "' Chez ' \"Lou\""),
        ("Marque® & Co™ ©", "Marque(R) & CoTM (C)"),
        ("Œuvres, cœur, Lætitia, ÆON", "OEuvres, coeur, Lætitia, ÆON"),
        ("ÂÊÎÔÛÄËÏÖÜŸÇ âêîôûëïÿç", "AEIOUÄEIÖÜYÇ aeioueiyc"),
        ("👩‍🍳 Chef Lou ❤️", " Chef Lou "),
        ("№ 5 → suite • fin", "No 5 -> suite - fin"),
        ("Łódź Đorđe Þór İstanbul Țară", "Lodz Dorde Thor Istanbul Tara"),
        ("ﬁn, ﬂeur, Ⅳ, ①", "fin, fleur, IV, 1"),
        ("Жанна 日本 Αθήνα", "Zhanna RiBen Athina"),
        ("soft\u00adhyphen \ufeffBOM", "softhyphen BOM"),
    ],
)
def test_what_gsm_7_lacks_is_replaced_by_its_nearest(text: str, safe: str) -> None:
    assert gsm_safe(text) == safe


@given(st.text())
def test_no_sign_takes_the_place_of_a_letter(text: str) -> None:
    asked = sum(it in "?¿？﹖⁇⁈⁉;؟՞" or unicodedata.name(it, "").find("QUESTION") >= 0 for it in text)
    assert gsm_safe(text).count("?") == 0 or asked


@given(st.text(alphabet=st.characters(codec="latin-1", categories=["L"]) | st.sampled_from("œŒŸčřšžłđș"), min_size=1))
def test_no_letter_of_a_name_is_lost(name: str) -> None:
    assert len(gsm_safe(name)) >= len(unicodedata.normalize("NFC", name))


@given(st.text(alphabet=st.sampled_from("aé€[]{}^~|\\ê½ ·"), max_size=60), st.integers(4, 40))
def test_a_name_is_cut_to_so_many_septets(name: str, length: int) -> None:
    cut = court(name, length)
    assert segments(cut + "a" * (160 - length)) == ("GSM-7", 1)
    whole = " ".join(gsm_safe(name).split())
    assert cut == whole or (cut.endswith("...") and whole.startswith(cut[:-3]))


@pytest.mark.parametrize("template", sorted(TEMPLATES_OF_SMS), ids=lambda it: it.name)
def test_the_words_of_a_template_lose_no_letter(template: Path) -> None:
    words = template.read_text(encoding="utf-8")
    assert {it for it in words if segments(it)[0] != "GSM-7"} == set()


@given(st.text())
def test_a_safe_text_is_always_gsm_7_and_stays_as_it_is(text: str) -> None:
    safe = gsm_safe(text)
    assert segments(safe)[0] == "GSM-7"
    assert gsm_safe(safe) == safe


@pytest.mark.parametrize("name", ["URSSAF", "UrssafIDF", "36Urssaf", "+33177000000", "+33801020304", "+15005550006"])
def test_a_name_or_a_service_number_may_send(name: str) -> None:
    assert valid_sender(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Urssaf IDF",
        "Urssaf-IDF",
        "UrssafIledeFrance",
        "Précis",
        "Info",
        "SMS",
        "0612345678",
        "+33612345678",
        "+33712345678",
    ],
)
def test_carriers_would_refuse_these_senders(name: str) -> None:
    assert not valid_sender(name)
