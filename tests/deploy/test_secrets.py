"""The secrets of an installation, given by file."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import make_url

from cli.process import prepared_as_owner
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


def test_the_owner_of_the_database_has_its_password_and_migrates(services: dict[str, Any]) -> None:
    url = urlsplit((SECRETS / "development" / "migration_database_url").read_text().strip())
    assert url.username == services["database"]["environment"]["POSTGRES_USER"]
    assert url.password == (SECRETS / "development" / "database_password").read_text().strip()
    assert url.hostname == "database"


def test_parcours_works_by_another_login_on_the_same_database(settings: Settings) -> None:
    owner, login = (
        make_url((SECRETS / "development" / name).read_text().strip())
        for name in ("migration_database_url", "database_url")
    )
    assert settings.required_database_url == login.render_as_string(hide_password=False)
    assert login == owner.set(username="parcours_application")


def test_migrate_alone_is_told_who_the_owner_is(services: dict[str, Any]) -> None:
    told = {name for name, service in services.items() if "migration_database_url" in str(service)}
    assert told == {"migrate"}
    assert services["migrate"]["secrets"] == ["database_url", "migration_database_url"]
    given = {name for name, service in services.items() if "database_password" in service.get("secrets", [])}
    assert given == {"database"}


def test_migrate_reads_both_logins_and_writes_nothing(
    services: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in services["migrate"]["environment"].items():
        monkeypatch.setenv(name, str(value or "").replace("/run/secrets", str(SECRETS / "development")))
    monkeypatch.setenv("PARCOURS_HOME", str(tmp_path / "home"))
    settings = prepared_as_owner()
    users = [urlsplit(url).username for url in (settings.required_migration_url, settings.required_database_url)]
    assert users == ["parcours", "parcours_application"]
    assert not (tmp_path / "home").exists()


def test_an_installation_of_before_parts_its_logins_by_the_lines_of_the_guide(tmp_path: Path) -> None:
    [lines] = re.findall(r"^mv database_url.*?(?=^```)", (SECRETS / "README.md").read_text(), flags=re.M | re.S)
    (tmp_path / "database_url").write_text("postgresql+asyncpg://parcours:known@database:5432/parcours\n")
    subprocess.run(["sh", "-euc", lines], cwd=tmp_path, check=True)
    owner, login = (
        make_url((tmp_path / name).read_text().strip()) for name in ("migration_database_url", "database_url")
    )
    assert (owner.username, owner.password) == ("parcours", "known")
    assert login == owner.set(username="parcours_application", password=login.password)
    assert len(login.password or "") == 48


def test_the_api_listens_to_other_containers_but_gives_out_an_address_one_can_open(settings: Settings) -> None:
    assert settings.http_host == "0.0.0.0"
    assert settings.public_url == "http://127.0.0.1:8000"


def test_git_keeps_no_secret_of_production() -> None:
    assert (SECRETS / ".gitignore").read_text().split() == ["/*", "!.gitignore", "!README.md", "!development/"]


def test_each_secret_is_explained(compose: Any) -> None:
    explained = (SECRETS / "README.md").read_text()
    assert all(f"| `{name}` |" in explained for name in compose["secrets"])
