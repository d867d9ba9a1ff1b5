"""Words as they are looked for and put in order: without accents, ligatures, case, apostrophes, hyphens or blanks."""

from __future__ import annotations

import re
import unicodedata

from anyascii import anyascii

_KEPT = re.compile(r"[^a-z0-9]+")


def folded(text: str) -> str:
    """``L’Œuf d’Or``, ``l'oeuf d or`` and ``L'ŒUF-D'OR`` as one: ``loeufdor``; empty when nothing is read in it."""
    return _KEPT.sub("", anyascii(unicodedata.normalize("NFC", text)).lower())
