"""The policy files of a folder: ``national.toml`` and one file per organisation, named after it."""

from __future__ import annotations

from pathlib import Path

from domain.policy import NATIONAL, Policy, PolicyError, parse_policy


def load_policies(folder: Path) -> dict[str, Policy]:
    """The policy of each organisation, by its id (the stem of its file).

    Raises :class:`PolicyError` when a file cannot be read or is refused, or when no organisation has one.
    """
    national = _text(folder / f"{NATIONAL}.toml")
    own = {file.stem: file for file in sorted(folder.glob("*.toml")) if file.stem != NATIONAL}
    if not own:
        remedy = f"Add one file per organisation to {folder}, or set PARCOURS_POLICIES."
        raise PolicyError(NATIONAL, "folder", "POL-1", "no organisation has a policy", remedy)
    return {organisation: parse_policy(national, _text(file), organisation) for organisation, file in own.items()}


def load_national(folder: Path) -> Policy:
    """The national policy, which every organisation starts from; raises :class:`PolicyError`."""
    return parse_policy(_text(folder / f"{NATIONAL}.toml"))


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        remedy = f"Put a readable UTF-8 file at {file}, or set PARCOURS_POLICIES."
        raise PolicyError(file.stem, "file", "POL-1", f"cannot be read: {error}", remedy) from error
