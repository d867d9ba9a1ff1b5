"""What a letter's Markdown may say: the same in HTML and in plain text, nothing from elsewhere, nothing lost."""

from __future__ import annotations

import pytest

from notifications.markdown import both, unstyled
from notifications.wording import as_written


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("un\n\ndeux", "un\n\ndeux"),
        ("- un\n- deux", "- un\n- deux"),
        ("3. un\n4. deux", "3. un\n4. deux"),
        ("[lire](https://urssaf.fr/x)", "lire : https://urssaf.fr/x"),
        ("<https://urssaf.fr/x>", "https://urssaf.fr/x"),
        ("## Le taux\n\nIl **baisse**", "Le taux\n\nIl baisse"),
        ("`code` et ![image](https://e.example/x.png)", "`code` et !image : https://e.example/x.png"),
        ("    quatre espaces", "quatre espaces"),
        ("> cité\n>\n> - un", "cité\n\n- un"),
        ("<b>gras</b> & <script>", "<b>gras</b> & <script>"),
    ],
)
def test_plain_text_says_all_that_was_written(source: str, text: str) -> None:
    assert both(source)[1] == text


@pytest.mark.parametrize(
    "source",
    [
        "![x](https://e.example/x.png)",
        "<img src=https://e.example/x.png>",
        "[x](javascript:alert(1))",
        "[x](data:text/html,x)",
        "<script>alert(1)</script>",
    ],
)
def test_nothing_is_fetched_or_run(source: str) -> None:
    for html in (both(source)[0], unstyled(source)):
        assert not any(it in html for it in ("<img", "<script", 'href="javascript', 'href="data'))


def test_headings_of_what_a_supervisor_writes_stand_below_the_subject() -> None:
    assert as_written(" # Un\n\n## Deux\n\n#3 fois\n") == "## Un\n\n### Deux\n\n#3 fois"
