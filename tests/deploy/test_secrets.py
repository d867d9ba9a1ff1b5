"""The secrets of an installation, given by file."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from config.settings import Settings, load
from tests.deploy.installation import ROOT

SECRETS = ROOT / "deploy" / "secrets"


@pytest.fixture
def settings(services: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The API's settings, with the secrets of development."""
    for name, value in services["api"]["environment"].items():
        monkeypatch.setenv(name, str(value or "").replace("/run/secrets", str(SECRETS / "development")))
    monkeypatch.setenv("PARCOURS_HOME", str(tmp_path))
    return load(to_serve=True)


def test_development_needs_no_secret_of_its_own(settings: Settings, tmp_path: Path) -> None:
    assert settings.api_tokens
    assert settings.secret_key.get_secret_value()
    assert (tmp_path / "tokens.env").exists()
    assert settings.payload_key is None


def test_the_database_has_the_password_that_parcours_uses(settings: Settings) -> None:
    url = urlsplit(settings.required_database_url)
    assert url.password == (SECRETS / "development" / "database_password").read_text().strip()
    assert url.hostname == "database"


def test_the_api_listens_to_other_containers_but_gives_out_an_address_one_can_open(settings: Settings) -> None:
    assert settings.http_host == "0.0.0.0"
    assert settings.public_url == "http://127.0.0.1:8000"


def test_git_keeps_no_secret_of_production() -> None:
    assert (SECRETS / ".gitignore").read_text().split() == ["/*", "!.gitignore", "!README.md", "!development/"]


def test_each_secret_is_explained(compose: Any) -> None:
    explained = (SECRETS / "README.md").read_text()
    assert all(f"| `{name}` |" in explained for name in compose["secrets"])
