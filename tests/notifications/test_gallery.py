"""The gallery shows every letter, in a typical and in its worst case, and loads nothing from elsewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from html import unescape
from pathlib import Path

from notifications.gallery.page import DESK, PHONE, gallery
from notifications.rendering import TEMPLATES


def test_every_letter_is_shown_twice_at_both_widths() -> None:
    page = gallery()
    for template in TEMPLATES:
        for case in ("cas courant", "pire cas"):
            for width in (DESK, PHONE):
                assert f'title="{template}, {case}, {width} pixels"' in page


def test_every_sms_is_shown_with_its_encoding_and_parts() -> None:
    billed = re.findall(r"SMS : (\S+), \d+ caractères, (\d) segment", gallery())
    assert len(billed) == 2 * (len(TEMPLATES) - gallery().count("Par mail seulement.") // 2)
    assert set(billed) <= {("GSM-7", "1"), ("GSM-7", "2")}


def test_the_usual_case_has_usual_names_and_amounts() -> None:
    usual = [words for words in unescape(gallery()).split("<h3>") if "(cas courant)" in words.partition("</h3>")[0]]
    assert not any("4e trimestre 2026" in words for words in usual if "yearly_statement" not in words)
    page = unescape(gallery())
    assert "Garage Piston" in page
    assert "1240,50 EUR" in page


def test_the_page_loads_nothing() -> None:
    assert not re.search(r"<(?:img|script|link)\b|@import|url\(|\bsrc=", unescape(gallery()))


def test_the_command_writes_the_page(tmp_path: Path) -> None:
    written = tmp_path / "letters.html"
    subprocess.run([sys.executable, "-m", "notifications.gallery", str(written)], check=True)
    assert written.read_text(encoding="utf-8") == gallery()
