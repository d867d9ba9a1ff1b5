"""The image, and what its build needs."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.installation import ROOT, enters_the_image, instructions

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES = [pattern.removesuffix("*") for pattern in PROJECT["tool"]["setuptools"]["packages"]["find"]["include"]]
NAME = re.compile(r"[A-Za-z0-9._-]+")
# Alembic writes new migrations from it; nothing reads it once installed.
NOT_SHIPPED = ("*.py", "*.pyc", "*.mako")


def pins(lock: str) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)==(\S+)", (ROOT / lock).read_text(), flags=re.MULTILINE))


def arguments(instruction: str) -> list[str]:
    return [given for name, given in instructions() if name == instruction]


def names(requirements: list[str]) -> set[str]:
    return {found[0].lower() for requirement in requirements if (found := NAME.match(requirement))}


def test_the_base_is_pinned_to_a_version_of_python_and_of_debian() -> None:
    assert re.fullmatch(r"PYTHON=python:3\.\d+-slim-\w+", arguments("ARG")[0])
    assert arguments("FROM") == ["${PYTHON} AS builder", "${PYTHON}"]


def test_parcours_runs_as_a_user_without_rights() -> None:
    user = instructions().index(("USER", "10001:10001"))
    assert not [name for name, _ in instructions()[user:] if name in ("RUN", "COPY")]


def copied() -> dict[str, str]:
    """What enters the image from the checkout, with the mode it is given."""
    given = [line.split() for line in arguments("COPY") if not line.startswith("--from")]
    return {source: option.removeprefix("--chmod=") for option, source, _ in given}


def test_whatever_the_umask_of_the_checkout_the_image_s_user_reads_what_is_copied() -> None:
    for source, mode in copied().items():
        assert int(mode, 8) & 0o444 == 0o444, source
        assert (ROOT / source).is_file() or int(mode, 8) & 0o111 == 0o111, source
    assert "chmod -R a+rX /opt/parcours" in arguments("RUN")[-2]


def test_the_image_says_which_version_and_revision_it_is() -> None:
    last = instructions().index(("CMD", '["api"]'))
    assert {given.split("=")[0] for name, given in instructions()[last:] if name == "ARG"} == {"VERSION", "REVISION"}
    labels = arguments("LABEL")[-1]
    assert 'org.opencontainers.image.version="${VERSION}"' in labels
    assert 'org.opencontainers.image.revision="${REVISION}"' in labels


@pytest.mark.parametrize(
    ("process", "asked"),
    [
        ("/opt/parcours/bin/python\0/opt/parcours/bin/parcours\0worker\0", "worker_health.py"),
        ("parcours\0worker\0", "worker_health.py"),
        ("/opt/parcours/bin/parcours\0api\0", "/healthz"),
        ("/sbin/docker-init\0--\0parcours\0worker\0", "worker_health.py"),
        ("parcours\0up\0", "/healthz"),
    ],
)
def test_a_bare_container_is_asked_what_its_process_can_answer(process: str, asked: str, tmp_path: Path) -> None:
    (tmp_path / "cmdline").write_text(process)
    (tmp_path / "python").write_text('#!/bin/sh\necho "$@"\n')
    (tmp_path / "python").chmod(0o755)
    check = json.loads(arguments("HEALTHCHECK")[0].partition(" CMD ")[2])
    check[-1] = check[-1].replace("/proc/1/cmdline", str(tmp_path / "cmdline"))
    path = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    answer = subprocess.run(check, env=path, capture_output=True, text=True, check=True)
    assert asked in answer.stdout
    assert answer.stdout.count("\n") == 1
    compile(answer.stdout.removeprefix("-c "), "check", "exec") if asked == "/healthz" else None


def test_the_image_is_made_of_named_files_only() -> None:
    assert not arguments("ADD")
    for source in copied():
        assert (ROOT / source).exists()
        assert source == "." or enters_the_image(source)


def test_every_dependency_is_verified_by_its_hash() -> None:
    installs = [given for given in arguments("RUN") if " install " in given and given.startswith("pip")]
    assert all("--require-hashes" in given or "--no-deps --no-build-isolation" in given for given in installs)
    lock = (ROOT / "requirements-server.txt").read_text()
    assert all("--hash=sha256:" in entry for entry in re.split(r"\n(?=\S)", lock.strip()))


def test_the_image_says_when_it_is_well_and_ends_on_sigterm() -> None:
    assert "/healthz" in arguments("HEALTHCHECK")[0]
    assert arguments("STOPSIGNAL") == ["SIGTERM"]
    assert arguments("ENTRYPOINT") == ['["parcours"]']


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_enters_the_image_with_its_data_files(package: str) -> None:
    shipped = PROJECT["tool"]["setuptools"]["package-data"]["*"]
    for file in (found for found in (ROOT / package).rglob("*") if found.is_file()):
        if not any(fnmatch(file.name, pattern) for pattern in NOT_SHIPPED):
            assert any(fnmatch(file.name, pattern) for pattern in shipped), file
            assert enters_the_image(str(file.relative_to(ROOT))), file


@pytest.mark.parametrize("path", ["deploy/secrets/production/api_tokens", ".env", ".parcours/tokens.env", ".git/HEAD"])
def test_no_secret_enters_the_image(path: str) -> None:
    assert not enters_the_image(path)
    assert not enters_the_image("domain/__pycache__/law.cpython-311.pyc")


def test_the_image_has_the_versions_that_were_tested() -> None:
    assert pins("requirements-server.txt").items() <= pins("requirements.txt").items()
    assert pins("requirements.txt").items() <= pins("requirements-test.txt").items()


def test_the_image_has_what_parcours_needs_but_the_embedded_parts() -> None:
    assert names(PROJECT["project"]["dependencies"]) <= set(pins("requirements-server.txt"))
    embedded = names(PROJECT["project"]["optional-dependencies"]["embedded"])
    assert embedded <= set(pins("requirements.txt"))
    assert not embedded & set(pins("requirements-server.txt"))
