"""Texts as systems and agents read them: without the signed links of those they were written to (COM-7)."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

from notifications.links import masked

Shown = Annotated[str, AfterValidator(masked)]
"""What somebody wrote or was written to; no signed link is left in it."""
