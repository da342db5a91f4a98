"""The services of docker-compose.yaml that can run here do: their own commands, on the programs of the same versions."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from include.app import EnvironmentConnections, app_from_environment
from include.sample.ports import Ports
from include.sample.postgres import EmbeddedPostgres
from include.sample.processes import end_processes
from include.store.migrate import migrate
from tests.deployment import compose

PROGRAMS = Path(sys.executable).parent


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = compose.resolved(compose.environment())["services"]
    return found


def run(words: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, env=dict(os.environ) | environment, capture_output=True, text=True, check=False)


@pytest.fixture
def port(state: Path) -> int:
    return Ports(state).allocate("compose-evidence-store")


@pytest.fixture
def evidence_store(services: dict[str, dict[str, Any]], port: int, tmp_path: Path) -> Iterator[None]:
    """The object store as the file starts it, but for its address and its folder."""
    (tmp_path / "data").mkdir()
    words = [
        {"0.0.0.0:8333": f"127.0.0.1:{port}", "/data": str(tmp_path / "data")}.get(word, word)
        for word in services["evidence-store"]["command"]
    ]
    environment = dict(os.environ) | services["evidence-store"]["environment"]
    server = psutil.Popen([str(PROGRAMS / "rclone"), *words], env=environment, stderr=subprocess.DEVNULL)
    yield
    end_processes([server])


def test_the_evidence_store_becomes_healthy_gets_its_bucket_and_takes_a_worker_s_evidence(
    services: dict[str, dict[str, Any]], evidence_store: None, port: int, tmp_path: Path
) -> None:
    here = f"http://127.0.0.1:{port}"
    check = services["evidence-store"]["healthcheck"]["test"]
    environment = services["evidence-store"]["environment"] | {"RCLONE_CONFIG_EVIDENCE_ENDPOINT": here}
    words = [str(PROGRAMS / "rclone"), *check[2:], "--retries", "1", "--low-level-retries", "1"]
    deadline = time.monotonic() + 20
    while run(words, environment).returncode != 0:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    wrong = environment | {"RCLONE_CONFIG_EVIDENCE_SECRET_ACCESS_KEY": "wrong"}
    assert run(words, wrong).returncode != 0
    made = run([str(PROGRAMS / "rclone"), *services["evidence-bucket"]["command"]], environment)
    assert made.returncode == 0, made.stderr
    file = tmp_path / "documents.parquet"
    pq.write_table(pa.table({"id": ["INV-1"]}), file)
    worker = services["airflow-worker"]["environment"]
    connection = worker["AIRFLOW_CONN_EVIDENCE_S3"].replace("http://evidence-store:8333", here)
    settings = worker | {"AIRFLOW_CONN_EVIDENCE_S3": connection, "TIEOUT_SCRATCH": str(tmp_path / "scratch")}
    settings["TIEOUT_CONFIG"] = str(compose.ROOT / "include/config")
    evidence = app_from_environment(EnvironmentConnections(settings), settings).evidence()
    stored = evidence.put(file, "pg/night/documents/bucket-0.parquet", "documents", 0)
    evidence.verify_content([stored])
    assert (tmp_path / "data/tieout-evidence/books" / stored.path).read_bytes() == file.read_bytes()


def test_redis_lets_in_who_has_the_password_and_its_health_check_tells_them_apart(
    services: dict[str, dict[str, Any]], state: Path, tmp_path: Path
) -> None:
    service, port = services["redis"], Ports(state).allocate("compose-redis")
    words = [str(PROGRAMS / service["command"][0]), *map(str, service["command"][1:]), "--port", str(port)]
    server = psutil.Popen([*words, "--dir", str(tmp_path)], stdout=subprocess.DEVNULL)
    check = service["healthcheck"]["test"][1].replace("redis-cli", f"{PROGRAMS / 'redis-cli'} -p {port}")
    try:
        deadline = time.monotonic() + 20
        while run(["/bin/sh", "-c", check], service["environment"]).returncode != 0:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert run(["/bin/sh", "-c", check], {"REDISCLI_AUTH": "wrong"}).returncode != 0
    finally:
        end_processes([server])


def test_the_roles_and_databases_are_made_twice_and_each_may_do_what_it_should(
    services: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    """On a server without any of them; then the finance database is migrated by its owner."""
    server = EmbeddedPostgres(tmp_path)
    server.start()
    try:
        with server.admin() as admin:
            for database in ("finance", "airflow"):
                admin.execute(f"drop database {database}")
            for role in ("finance_owner", "finance_writer", "auditor", "airflow"):
                admin.execute(f"drop role {role}")
        service = services["postgres-roles"]
        words = [
            word.replace("/roles.sql", str(compose.ROOT / "include/store/roles.sql")) for word in service["command"]
        ]
        here = {
            "PGHOST": "127.0.0.1",
            "PGPORT": str(server.port),
            "PGPASSWORD": server.environment("postgres")["PGPASSWORD"],
        }
        for _ in range(2):
            done = run([str(server.programs / words[0]), *words[1:]], service["environment"] | here)
            assert done.returncode == 0, done.stderr
        worker, init = (
            {key: str(value).replace("@postgres:5432", f"@127.0.0.1:{server.port}") for key, value in each.items()}
            for each in (services["airflow-worker"]["environment"], services["init"]["environment"])
        )
        migrate(init["AIRFLOW_CONN_FINANCE_DB_OWNER"])
        with psycopg.connect(worker["AIRFLOW_CONN_FINANCE_DB"]) as writer:
            assert writer.execute("select count(*) from tieout.batch").fetchone() == (0,)
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                writer.execute("create table tieout.mine (id int)")
        metadata = worker["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"].replace("postgresql+psycopg2", "postgresql")
        with psycopg.connect(metadata) as airflow:
            airflow.execute("create table mine (id int)")
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            psycopg.connect(metadata.removesuffix("airflow") + "finance")
    finally:
        server.stop()
