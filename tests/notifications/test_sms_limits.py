import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.sms import gsm_safe, segments, valid_sender


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
        ("😀 日本", "? ??"),
        ("zéro\u200blargeur", "zérolargeur"),
    ],
)
def test_what_gsm_7_lacks_is_replaced_by_its_nearest(text: str, safe: str) -> None:
    assert gsm_safe(text) == safe


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
