"""What operations.md and runbook.md tell an operator to type can be typed: commands, options, services, variables."""

from __future__ import annotations

import asyncio
import re
import shlex
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from cli.main import app
from config.embedded.temporal import EmbeddedTemporal, environment_binary
from config.named_files import variable_of
from config.settings import Settings
from tests.deploy.backups import command
from tests.deploy.installation import COMPOSE, ROOT, compose_with

GUIDES = ("docs/operations.md", "docs/runbook.md", "deploy/secrets/README.md")
PAGES = (*GUIDES, "README.md")
FENCED = re.compile(r"^```sh\n(.*?)^```", flags=re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
OURS = re.compile(r"\bPARCOURS_[A-Z][A-Z_]*[A-Z]\b")
SEPARATORS = {"|", "&&", "||", ";", "(", ")", ">", "<"}
POSTGRESQL = ("pg_dump", "pg_restore", "pg_basebackup", "createdb", "dropdb", "psql")
PARCOURS: Any = typer.main.get_command(app)

# Of `docker compose`, as its reference has them: options without a value, and with one.
GLOBAL = {"--profile": True}
COMPOSE_OPTIONS = {
    "up": {"--build": False, "--detach": False, "--wait": False, "--no-build": False, "--no-deps": False},
    "down": {"--volumes": False},
    "exec": {"-T": False},
    "run": {"--rm": False, "-T": False, "--no-deps": False, "--user": True, "--entrypoint": True},
    "rm": {"--stop": False, "--force": False},
    "build": {"--pull": False},
    "stop": {},
    "restart": {},
    "pull": {},
    "ps": {},
    "logs": {},
}
WITH_ONE_SERVICE = ("exec", "run")


def commands_of(page: str) -> Iterator[list[str]]:
    """Each simple command of the page: of its blocks, and of what stands between backticks and begins like one."""
    written = (ROOT / page).read_text()
    inline = [found for found in INLINE.findall(FENCED.sub("", written)) if found.split()[0] in BEGINNINGS]
    # The tour of README.md has texts over several lines, and is played by tests of its own.
    fenced = "".join(FENCED.findall(written)).splitlines() if page in GUIDES else []
    for line in [*fenced, *inline]:
        yield from simple(line.replace("…", ""))


def simple(line: str) -> Iterator[list[str]]:
    lexer = shlex.shlex(line, posix=True, punctuation_chars="()<>|&;")
    lexer.whitespace_split = True
    found: list[str] = []
    for word in lexer:
        if set(word) <= set("()<>|&;"):
            yield found
            found = []
        else:
            found.append(word)
    yield found


BEGINNINGS = ("docker", "parcours", "make", "psql", *POSTGRESQL)
COMMANDS = sorted(
    {
        (page, *words)
        for page in PAGES
        for words in commands_of(page)
        if words and words[0].rpartition("/")[2] in BEGINNINGS
    }
)


def starting_with(*names: str) -> list[tuple[str, ...]]:
    """The commands of these names, whether they are typed here or in a container."""
    found = [inner for _, *words in COMMANDS for inner in (tuple(words), in_container(words)) if inner]
    return sorted({it for it in found if it[0].rpartition("/")[2] in names})


def in_container(words: list[str]) -> tuple[str, ...]:
    """What `docker compose exec` or `run` runs; the services of Parcours are its command already."""
    if words[:2] != ["docker", "compose"]:
        return ()
    verb, rest = compose_verb(words)
    if verb not in WITH_ONE_SERVICE:
        return ()
    service, *inside = rest
    if "--entrypoint" in words or not inside:
        return ()
    is_parcours = verb == "run" and service in ("api", "worker", "migrate")
    return ("parcours", *inside) if is_parcours else tuple(inside)


def compose_verb(words: list[str]) -> tuple[str, list[str]]:
    """The subcommand, and what follows its options; fails on an option that is not there."""
    rest = without_options(words[2:], GLOBAL)
    verb = rest[0]
    return verb, without_options(rest[1:], COMPOSE_OPTIONS[verb], all_of_them=verb not in WITH_ONE_SERVICE)


def without_options(words: list[str], known: dict[str, bool], *, all_of_them: bool = False) -> list[str]:
    kept, rest = [], list(words)
    while rest:
        word = rest.pop(0)
        if not word.startswith("-"):
            kept.append(word)
            if not all_of_them:
                return [*kept, *rest]
            continue
        name, _, value = word.partition("=")
        assert name in known, f"{word} is no option of it"
        if known[name] and not value:
            rest.pop(0)
    return kept


def test_there_is_something_to_check() -> None:
    assert len(starting_with("parcours")) > 8
    assert len(starting_with("docker")) > 25
    assert {words[0] for words in starting_with(*POSTGRESQL)} == set(POSTGRESQL)


@pytest.mark.parametrize("words", starting_with("docker"), ids=" ".join)
def test_compose_knows_the_subcommand_its_options_and_the_services(words: tuple[str, ...]) -> None:
    if words[1] != "compose":
        return
    verb, rest = compose_verb(list(words))
    services = compose_with({})["services"]
    named = rest[:1] if verb in WITH_ONE_SERVICE else rest
    assert [name for name in named if name not in services] == []
    chosen = [words[place + 1] for place, word in enumerate(words) if word == "--profile"]
    profiles = {profile for service in services.values() for profile in service.get("profiles", [])}
    assert set(chosen) <= profiles


@pytest.mark.parametrize("words", starting_with("parcours"), ids=" ".join)
def test_parcours_has_the_command_and_its_options(words: tuple[str, ...]) -> None:
    _, *rest = words
    if not rest or rest[0].isupper():
        return
    if rest[0].startswith("-"):
        assert rest[0] in {name for option in PARCOURS.params for name in option.opts}
        return
    known = PARCOURS.commands[rest[0]]
    options = {name for option in known.params for name in (*option.opts, *option.secondary_opts)} | {"--help"}
    given = [word.partition("=")[0].strip("[]") for word in rest[1:] if word.strip("[").startswith("-")]
    assert [name for name in given if name not in options] == []


@cache
def help_of(name: str) -> str:
    return subprocess.run([command(name), "--help"], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("words", starting_with(*POSTGRESQL), ids=" ".join)
def test_postgresql_s_commands_have_these_options(words: tuple[str, ...]) -> None:
    known = set(re.findall(r"(?<![\w-])(--[a-z-]+|-[a-zA-Z])\b", help_of(words[0])))
    given = [word.partition("=")[0] for word in words[1:] if word.startswith("-")]
    assert [name for name in given if name not in known] == []


async def test_what_psql_is_told_is_sql_that_this_schema_understands(database_url: str) -> None:
    told = [words[place + 1] for words in starting_with("psql") for place, word in enumerate(words) if word == "-c"]
    assert len(told) >= 3
    engine = create_async_engine(database_url, poolclass=NullPool)
    for statement in dict.fromkeys(told):
        async with engine.connect() as connection:
            transaction = await connection.begin()
            renamed = re.sub("parcours_(tenant|application)", "a_role_of_the_guide", statement).replace(
                "TO parcours", "TO CURRENT_USER"
            )
            if statement.startswith("GRANT"):
                await connection.execute(text("CREATE ROLE a_role_of_the_guide NOLOGIN"))
            await connection.execute(text(renamed))
            await transaction.rollback()
    await engine.dispose()


@pytest.mark.parametrize("page", PAGES)
def test_every_variable_named_is_read_by_somebody(page: str) -> None:
    fields = {variable_of(Settings, name, field) for name, field in Settings.model_fields.items()}
    compose = set(re.findall(r"\$\{(\w+)", COMPOSE + (ROOT / "deploy/wal-archive.yml").read_text()))
    known = fields | {f"{name}_FILE" for name in fields} | compose
    named = set(OURS.findall((ROOT / page).read_text()))
    assert {name for name in named if name not in known and not any(it.startswith(f"{name}_") for it in known)} == set()


@pytest.mark.parametrize("page", PAGES)
def test_every_target_of_make_named_exists(page: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    named = {words[1] for _, *words in COMMANDS if words[0] == "make" and _ == page}
    assert named <= targets


@pytest.mark.parametrize("page", PAGES)
def test_every_file_named_is_there(page: str) -> None:
    for path in re.findall(r"`((?:deploy|tests|policies|docs)/[\w./-]+\.\w+)`", (ROOT / page).read_text()):
        assert (ROOT / path).exists(), path


def test_temporal_s_command_has_what_the_scripts_ask_of_it() -> None:
    script = (ROOT / "deploy/temporal/namespace.sh").read_text().replace("\\\n", "")
    binary = environment_binary("temporal")
    for asked in re.findall(r"^\s*temporal (operator [a-z -]+?) (-.*)$", script, flags=re.MULTILINE):
        shown = [
            subprocess.run([binary, *words], capture_output=True, text=True, check=True).stdout
            for words in ([*asked[0].split(), "--help"], ["options"])
        ]
        options = set(re.findall(r"(?<![\w-])(--[a-z-]+|-[a-z])\b", asked[1]))
        assert [name for name in options if name not in "".join(shown)] == []


LISTS = re.findall(r"^temporal workflow list --query \"(.+)\"$", (ROOT / "docs/operations.md").read_text(), re.M)


def test_five_lists_of_workflows_are_worth_keeping() -> None:
    assert len(LISTS) == 5


@pytest.mark.parametrize("query", LISTS)
async def test_temporal_understands_each_list_of_workflows(dev_server: EmbeddedTemporal, query: str) -> None:
    words = ("workflow", "list", "--address", dev_server.address, "--query", query)
    listed = await asyncio.create_subprocess_exec(
        environment_binary("temporal"), *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    _, errors = await listed.communicate()
    assert listed.returncode == 0, errors.decode()


@pytest.mark.parametrize("verb", ["query", "metadata"])
def test_temporal_s_command_shows_one_workflow_as_the_guide_says(verb: str) -> None:
    [line] = re.findall(rf"^temporal workflow {verb} .*$", (ROOT / "docs/operations.md").read_text(), re.M)
    binary = environment_binary("temporal")
    shown = subprocess.run([binary, "workflow", verb, "--help"], capture_output=True, text=True, check=True).stdout
    assert [word for word in shlex.split(line) if word.startswith("--") and word not in shown] == []


def test_what_is_added_to_compose_adds_to_what_is_there() -> None:
    added = yaml.safe_load(re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", (ROOT / "deploy/wal-archive.yml").read_text()))
    services = compose_with({})["services"]
    assert set(added["services"]) <= set(services)
    assert set(services["database"]["command"]) <= set(added["services"]["database"]["command"])


def test_a_folder_of_the_installation_is_opened_by_name_and_never_the_secrets_of_production() -> None:
    [line] = re.findall(r"`chmod -R a\+rX ([^`]+)`", (ROOT / "docs/operations.md").read_text())
    folders = [Path(it) for it in line.split()]
    assert all((ROOT / it).is_dir() for it in folders)
    mounted = [config["file"] for config in compose_with({})["configs"].values()]
    assert all(any(folder in Path(file).parents for folder in folders) for file in mounted)
    assert Path("deploy/secrets") not in folders
