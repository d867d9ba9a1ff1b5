"""What `docker compose up` starts."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from inspect import signature
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
import yaml
from opentelemetry.sdk.environment_variables import OTEL_TRACES_SAMPLER, OTEL_TRACES_SAMPLER_ARG

import worker
from cli.serving import DRAIN_SECONDS
from config.named_files import variable_of
from config.settings import Settings
from db.engine import make_engine
from db.tenancy import ALONE
from notifications.webhook.sender import PATIENCE_SECONDS
from tests.deploy.installation import COMPOSE, ROOT, VARIABLE, compose_with, interpolated

OURS = ("migrate", "api", "worker")
PRIVATE = ("database", "temporal-database", "temporal", "migrate", "temporal-schema", "temporal-namespace")
# Connections of pg_dump, psql, the commands of an operator.
BESIDE = 20
COMPLETED, HEALTHY = "service_completed_successfully", "service_healthy"

Services = dict[str, Any]


def waits(services: Services) -> Iterator[tuple[str, str]]:
    for service in services.values():
        for name, wait in service.get("depends_on", {}).items():
            yield name, wait["condition"]


def runs_once(service: Any) -> bool:
    return service["restart"] == "no"


def test_every_variable_has_a_default() -> None:
    assert VARIABLE.search(COMPOSE)
    assert "$" not in interpolated({}).replace("$$", "")


def test_the_example_environment_names_every_variable(example: dict[str, str]) -> None:
    assert set(example) == set(re.findall(r"\$\{(\w+)", COMPOSE))


def test_a_copy_of_the_example_environment_changes_nothing(compose: Any, example: dict[str, str]) -> None:
    assert compose_with(example) == compose


def test_a_service_is_watched_or_runs_once(services: Services) -> None:
    for name, service in services.items():
        assert runs_once(service) == service["healthcheck"].get("disable", False), name
        assert runs_once(service) or service["healthcheck"]["test"][0] == "CMD", name


@pytest.mark.parametrize("name", ["database", "temporal-database"])
def test_a_database_is_watched_as_a_role_it_has(services: Services, name: str) -> None:
    role = services[name]["environment"]["POSTGRES_USER"]  # of its own database too, POSTGRES_DB being unset
    assert {f"--username={role}", f"--dbname={role}"} <= set(services[name]["healthcheck"]["test"])


def test_what_runs_once_is_awaited_to_its_end_and_the_rest_until_it_is_well(services: Services) -> None:
    for name, condition in waits(services):
        assert condition == (COMPLETED if runs_once(services[name]) else HEALTHY), name
    assert {name for name, service in services.items() if runs_once(service)} <= {name for name, _ in waits(services)}


def test_every_service_has_limits_and_bounded_logs(services: Services) -> None:
    for name, service in services.items():
        assert {"cpus", "memory"} <= set(service["deploy"]["resources"]["limits"]), name
        assert {"max-size", "max-file"} <= set(service["logging"]["options"]), name


def test_images_are_pinned_and_none_is_deprecated(services: Services) -> None:
    for name, service in services.items():
        _, _, tag = service["image"].partition(":")
        assert re.match(r"v?\d", tag), name
        assert "auto-setup" not in service["image"], name


def test_the_image_is_built_once_and_by_what_the_others_wait_for(services: Services) -> None:
    assert [name for name, service in services.items() if "build" in service] == ["migrate"]
    assert all("migrate" in services[name]["depends_on"] for name in ("api", "worker"))
    assert len({services[name]["image"] for name in OURS}) == 1


@pytest.mark.parametrize("name", OURS)
def test_nothing_builds_an_image_again_unless_asked_to(services: Services, name: str) -> None:
    assert services[name]["pull_policy"] == "never"


def test_ports_are_published_on_the_loopback_interface_only(services: Services) -> None:
    published = {name: service["ports"] for name, service in services.items() if "ports" in service}
    assert published == {
        "api": ["127.0.0.1:8000:8000"],
        "temporal-ui": ["127.0.0.1:8233:8080"],
        "prometheus": ["127.0.0.1:9090:9090"],
        "grafana": ["127.0.0.1:3000:3000"],
        "alertmanager": ["127.0.0.1:9093:9093"],
        "proxy": ["80:80", "443:443"],  # the one that is for the world
    }


def test_what_one_may_do_without_starts_only_when_asked_for(services: Services) -> None:
    profiles = {name: service["profiles"] for name, service in services.items() if "profiles" in service}
    monitoring = ["monitoring"]
    assert profiles == {
        "prometheus": monitoring,
        "grafana": monitoring,
        "alertmanager": ["alerting"],
        "proxy": ["proxy"],
    }
    for name, service in services.items():
        waited_for = profiles.keys() & service.get("depends_on", {}).keys()
        assert all(profiles[it] == profiles.get(name) for it in waited_for), name


LIMITED = ("api", "worker", "database", "temporal", "temporal-database")


@pytest.mark.parametrize("name", LIMITED)
def test_what_a_container_may_use_is_said_by_variables(services: Services, name: str) -> None:
    prefix = f"PARCOURS_{name.upper().replace('-', '_')}"
    raised = compose_with({f"{prefix}_CPUS": "3.5", f"{prefix}_MEMORY": "9G"})["services"]
    assert raised[name]["deploy"]["resources"]["limits"] == {"cpus": "3.5", "memory": "9G"}
    assert all(raised[other] == services[other] for other in services if other != name)


def test_a_folder_of_policies_that_is_not_there_is_not_made_up(services: Services) -> None:
    for name in OURS:
        [bind] = [volume for volume in services[name]["volumes"] if isinstance(volume, dict)]
        assert bind["bind"] == {"create_host_path": False}


def test_the_image_is_told_its_version_and_revision() -> None:
    told = compose_with({"PARCOURS_VERSION": "v7", "PARCOURS_REVISION": "abc"})["services"]["migrate"]
    assert (told["image"], told["build"]["args"]) == ("parcours:v7", {"VERSION": "v7", "REVISION": "abc"})


def test_the_proxy_has_an_address_of_its_own_to_be_trusted(compose: Any) -> None:
    address = ip_address(compose["services"]["proxy"]["networks"]["front"]["ipv4_address"])
    [front] = compose["networks"]["front"]["ipam"]["config"]
    assert address in ip_network(front["subnet"])
    assert str(address) != front["gateway"]


def test_the_alertmanager_of_this_host_is_told_when_asked_for() -> None:
    chosen = compose_with({"PARCOURS_ALERTMANAGERS": "here"})
    [told] = yaml.safe_load((ROOT / chosen["configs"]["prometheus_alertmanagers"]["file"]).read_text())
    assert told == {"targets": ["alertmanager:9093"]}
    assert "alertmanager" in chosen["services"]


def run_namespace_script(folder: Path, *, known: bool) -> list[str]:
    """What the script asks of Temporal's command, whether the namespace is there already or not."""
    describes = "true" if known else "false"
    temporal = f'#!/bin/sh\necho "$@" >> {folder}/asked\ncase "$*" in *describe*) {describes};; esac\n'
    for name, text in (("temporal", temporal), ("getent", "#!/bin/sh\necho 10.0.0.7 STREAM temporal\n")):
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    given = {"PATH": f"{folder}:/usr/bin:/bin", "NAMESPACE": "journeys", "RETENTION": "45d"}
    subprocess.run(["sh", str(ROOT / "deploy/temporal/namespace.sh")], env=given, check=True)
    return (folder / "asked").read_text().splitlines()


@pytest.mark.parametrize("known", [False, True])
def test_the_retention_of_today_holds_for_a_namespace_that_was_there(tmp_path: Path, known: bool) -> None:
    asked = run_namespace_script(tmp_path, known=known)
    assert ("namespace create" in " ".join(asked)) is not known
    assert asked[-1] == "operator namespace update -n journeys --retention 45d --address 10.0.0.7:7233"


def test_databases_and_temporal_cannot_be_reached_from_outside(compose: Any) -> None:
    assert compose["networks"]["back"]["internal"] is True
    assert all(compose["services"][name]["networks"] == ["back"] for name in PRIVATE)


def test_every_file_referred_to_exists(compose: Any) -> None:
    for source in (*compose["secrets"].values(), *compose["configs"].values()):
        assert (ROOT / source["file"]).is_file(), source
    binds = [volume for volume in compose["services"]["api"]["volumes"] if isinstance(volume, dict)]
    assert all((ROOT / bind["source"]).is_dir() for bind in binds)


def test_only_the_proxy_of_this_host_may_say_for_whom_it_calls(compose: Any, services: Services) -> None:
    [front] = compose["networks"]["front"]["ipam"]["config"]
    assert services["api"]["environment"]["PARCOURS_TRUSTED_PROXIES"] == front["gateway"]
    assert ip_address(front["gateway"]) in ip_network(front["subnet"])


@pytest.mark.parametrize("environment", ["development", "production"])
def test_parcours_is_told_which_environment_it_is_in(environment: str) -> None:
    told = compose_with({"PARCOURS_ENVIRONMENT": environment})["services"]
    assert {told[name]["environment"]["PARCOURS_ENVIRONMENT"] for name in OURS} == {environment}


def test_production_has_its_own_settings_of_temporal() -> None:
    production = compose_with({"PARCOURS_ENVIRONMENT": "production"})
    settings = yaml.safe_load((ROOT / production["configs"]["temporal_dynamic_config"]["file"]).read_text())
    assert settings["frontend.WorkflowTimeSkippingEnabled"] == [{"value": False}]
    assert all("/production/" in secret["file"] for secret in production["secrets"].values())


def test_a_service_is_given_the_secrets_it_reads(services: Services) -> None:
    for name, service in services.items():
        words = str({key: value for key, value in service.items() if key != "secrets"})
        read = set(re.findall(r"/run/secrets/(\w+)", words))
        assert read <= set(service.get("secrets", [])), name


@pytest.mark.parametrize("name", OURS)
def test_parcours_is_told_only_what_it_reads(services: Services, name: str) -> None:
    known = {variable_of(Settings, field, info) for field, info in Settings.model_fields.items()}
    told = {variable.removesuffix("_FILE") for variable in services[name]["environment"]}
    assert told <= known | {OTEL_TRACES_SAMPLER, OTEL_TRACES_SAMPLER_ARG}


@pytest.mark.parametrize("name", ["api", "worker"])
def test_which_traces_are_kept_is_said_from_outside(name: str) -> None:
    sampling = {OTEL_TRACES_SAMPLER: "parentbased_traceidratio", OTEL_TRACES_SAMPLER_ARG: "0.1"}
    assert sampling.items() <= compose_with(sampling)["services"][name]["environment"].items()


@pytest.mark.parametrize("name", OURS)
def test_parcours_can_write_nowhere_but_in_its_home(services: Services, name: str) -> None:
    service = services[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["tmpfs"] == ["/tmp"]


def test_containers_are_given_time_to_end(services: Services) -> None:
    assert int(services["api"]["stop_grace_period"].removesuffix("s")) > DRAIN_SECONDS
    one_after_the_other = PATIENCE_SECONDS + worker.LEFT_AFTER.total_seconds()
    assert int(services["worker"]["stop_grace_period"].removesuffix("s")) > one_after_the_other


def test_two_workers_share_the_load(services: Services) -> None:
    assert services["worker"]["deploy"]["replicas"] == 2


def test_the_database_has_connections_for_the_largest_installation_and_an_operator(services: Services) -> None:
    pool = signature(make_engine).parameters["pool_size"].default
    [allowed] = re.findall(r"max_connections=(\d+)", " ".join(services["database"]["command"]))
    workers, api_processes = 6, 4  # docs/scaling.md, a million journeys
    assert int(allowed) >= workers * pool + api_processes * (pool + ALONE) + BESIDE


def test_temporal_has_enough_shards_for_its_whole_life(services: Services) -> None:
    assert services["temporal"]["environment"]["NUM_HISTORY_SHARDS"] == "512"


def test_each_database_keeps_its_data_where_its_version_does(services: Services) -> None:
    places = {"postgres:16": "/var/lib/postgresql/data", "postgres:18": "/var/lib/postgresql"}
    for name in ("database", "temporal-database"):
        assert services[name]["volumes"] == [f"{name}:{places[services[name]['image']]}"]
