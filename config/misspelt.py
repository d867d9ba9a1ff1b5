"""Variables that look like settings and are none: a slip of the pen would otherwise be a silence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from config.named_files import variable_of
from config.settings import Settings

PREFIX = "PARCOURS_"
LIMITED = ("API", "WORKER", "DATABASE", "TEMPORAL", "TEMPORAL_DATABASE")
COMPOSE = frozenset(
    f"{PREFIX}{name}"
    for name in (
        *("VERSION", "WORKERS", "TEMPORAL_UI_PORT", "TEMPORAL_RETENTION", "PROMETHEUS_PORT", "GRAFANA_PORT"),
        *("FRONT_SUBNET", "FRONT_GATEWAY", "REVISION", "DATABASE_CONNECTIONS", "ALERTMANAGERS", "ALERTMANAGER_PORT"),
        *("PROXY_ADDRESS", "PROXY_HTTP", "PROXY_HTTPS", "PROXY_NAME", "METRICS_FROM"),
        *(f"{part}_{limit}" for part in LIMITED for limit in ("CPUS", "MEMORY")),
    )
)
"""What only docker-compose.yml reads."""

SERVICE_LINKS = ("_SERVICE_", "_TCP", "_UDP")
"""Kubernetes describes each service of a namespace by variables: `parcours-api` gives PARCOURS_API_SERVICE_HOST."""


def misspelt(environment: Mapping[str, str]) -> list[str]:
    """One sentence for each variable that nothing reads, with the nearest one that is read; values stay unsaid."""
    known = _known()
    return [_sentence(name, known) for name in sorted(_ours(environment)) if name.upper() not in known]


def _known() -> frozenset[str]:
    settings = {variable_of(Settings, name, field) for name, field in Settings.model_fields.items()}
    return frozenset({*settings, *(f"{name}_FILE" for name in settings), *COMPOSE})


def _ours(environment: Mapping[str, str]) -> Iterator[str]:
    for name, value in environment.items():
        described = any(part in name for part in SERVICE_LINKS) or value.startswith(("tcp://", "udp://"))
        if name.upper().startswith(PREFIX) and not described:
            yield name


def _sentence(name: str, known: frozenset[str]) -> str:
    near = get_close_matches(name.upper(), sorted(known), n=1)
    return f"{name} is no setting and does nothing" + (f": {near[0]} is meant?" if near else ": leave it out")
