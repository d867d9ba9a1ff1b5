"""Text of the world, for doors: what it is once accepted, None when it has to be refused."""

from __future__ import annotations

import unicodedata

from hypothesis import strategies as st

ODD = "\u00a0\u202f\u2009\u200b\u200c\u200d\u00ad\ufeff\u0301\t\n\r\x07\x85\ud800é«»👩🍳"
TEXTS = st.text(st.characters(exclude_categories=()) | st.sampled_from(ODD), min_size=1, max_size=40)
UNSEEN = ("Cf", "Zs", "Zl", "Zp", "Cc")


def is_refused(text: str, kept: str = "") -> bool:
    """Whether it holds a control character, but those ``kept``, or half of a surrogate pair; or nothing to read."""
    inside = text.strip()
    odd = any(unicodedata.category(it) in ("Cc", "Cs") and it not in kept for it in inside)
    return odd or all(unicodedata.category(it) in UNSEEN for it in inside)


def same(text: str) -> str:
    """What two spellings of the same words have in common: blanks and ends of lines are alike, composed or not."""
    return " ".join(unicodedata.normalize("NFC", text).split())
