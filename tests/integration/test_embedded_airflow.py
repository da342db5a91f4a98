"""The embedded Airflow comes up beside another one, recovers, knows its users, and leaves nothing behind."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from include.sample.airflow import COMPONENTS, AirflowStack
from include.sample.airflow_api import AirflowApi, AirflowError
from include.sample.airflow_settings import PORTS, USERS, allocate_ports
from include.sample.postgres import EmbeddedPostgres
from include.sample.processes import is_alive
from include.sample.supervisor import Supervisor

_BOOKS = json.dumps({"conn_type": "postgres", "host": "books.example.com", "login": "reader"})
_DAG = """
from airflow.sdk import Connection, dag, task

@dag(schedule=None, params={"host": ""})
def judge():
    @task
    def compare(params):
        assert Connection.get("books").host == params["host"]
    compare()

judge()
"""


@pytest.fixture(scope="module")
def airflow(
    state: Path, postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[AirflowStack]:
    """An Airflow of this module's own."""
    dags = tmp_path_factory.mktemp("dags")
    (dags / "judge.py").write_text(_DAG)
    stack = AirflowStack(state, postgres, {"AIRFLOW__CORE__DAGS_FOLDER": str(dags), "AIRFLOW_CONN_BOOKS": _BOOKS})
    stack.start()
    stack.wait_healthy()
    yield stack
    members = [process for name in COMPONENTS for process in Supervisor(state)._members(name)]
    stack.stop()
    assert members
    assert not any(is_alive(process) for process in members)


def test_every_user_logs_in_and_a_wrong_password_is_refused(airflow: AirflowStack) -> None:
    assert all(airflow.token(user) for user in USERS)
    with pytest.raises(AirflowError, match="HTTP 401"):
        AirflowApi(airflow.url, "controller", "wrong")


def test_the_auditor_looks_and_changes_nothing(airflow: AirflowStack) -> None:
    assert airflow.api("auditor").get("/dags") is not None
    with pytest.raises(AirflowError, match="HTTP 403"):
        airflow.api("auditor")._request("POST", "/api/v2/pools", {"name": "mine", "slots": 1})


def test_passwords_are_readable_by_their_owner_only(airflow: AirflowStack, state: Path) -> None:
    assert airflow.is_running()
    for file in (state / "passwords.json", state / "airflow" / "passwords.json"):
        assert file.stat().st_mode & 0o077 == 0


def test_two_state_folders_share_no_port(airflow: AirflowStack, state: Path, tmp_path: Path) -> None:
    assert airflow.is_running()
    allocate_ports(tmp_path)
    ours, theirs = (json.loads((folder / "ports.json").read_text()) for folder in (state, tmp_path))
    assert set(theirs) == set(PORTS)
    assert not set(theirs.values()) & set(ours.values())


def test_a_killed_scheduler_comes_back_and_its_workers_do_not_linger(airflow: AirflowStack, state: Path) -> None:
    supervisor = Supervisor(state)
    scheduler = supervisor.process("airflow-scheduler")
    assert scheduler is not None
    workers = scheduler.children(recursive=True)
    assert workers
    scheduler.kill()
    psutil.wait_procs([scheduler], timeout=5)
    assert not airflow.is_running()
    airflow.start()
    airflow.wait_healthy()
    assert not any(is_alive(process) for process in workers)


def test_a_run_is_started_waited_for_and_judged(airflow: AirflowStack) -> None:
    good = airflow.trigger("judge", {"host": "books.example.com"})
    bad = airflow.trigger("judge", {"host": "elsewhere"})
    assert airflow.wait("judge", good) == "success"
    assert airflow.wait("judge", bad) == "failed"


def test_a_dag_that_is_not_there_is_named(airflow: AirflowStack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("include.sample.airflow_api._DAG_APPEARS_SECONDS", 1)
    with pytest.raises(AirflowError, match="no DAG nightly_typo"):
        airflow.trigger("nightly_typo", {})
