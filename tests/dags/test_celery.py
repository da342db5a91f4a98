"""What docker-compose.yaml stands for, without an engine: the night on two Celery workers that share no folder.

Real Redis, real S3 server, real PostgreSQL, real ERP. Each worker has a home, a scratch folder, a temporary folder and
logs of its own; what one of them reads, the other can account only from the object store.
"""

from __future__ import annotations

import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from include.sample.airflow import AirflowStack
from include.sample.airflow_settings import CeleryWorkers
from include.sample.company import Night
from include.sample.object_store import EmbeddedObjectStore
from include.sample.postgres import EmbeddedPostgres
from include.sample.processes import is_alive
from include.sample.redis import EmbeddedRedis
from include.sample.supervisor import Supervisor
from include.sample.tryton import TrytonServer
from tests.dags.airflow_company import (
    NIGHT_ONE,
    NIGHT_TWO,
    AirflowCompany,
    AirflowOffice,
    Run,
    open_office,
    two_entities,
)
from tests.dags.conftest import SETTINGS
from tests.deployment import compose

BUCKET = "tieout-evidence"


@pytest.fixture(scope="module")
def object_store(state: Path) -> Iterator[EmbeddedObjectStore]:
    """The only place that both workers can write files to."""
    server = EmbeddedObjectStore(state)
    server.start()
    server.make_bucket(BUCKET)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def workers(state: Path) -> Iterator[CeleryWorkers]:
    """Two workers, and Redis between them and the scheduler."""
    server = EmbeddedRedis(state)
    server.start()
    yield CeleryWorkers(server.url)
    server.stop()


@pytest.fixture(scope="module")
def office(
    state: Path,
    postgres: EmbeddedPostgres,
    tryton: TrytonServer,
    finance_template: str,
    object_store: EmbeddedObjectStore,
    workers: CeleryWorkers,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[AirflowOffice]:
    """Airflow on CeleryExecutor. The folders of its other components are closed to no one and used by nobody."""
    folder = tmp_path_factory.mktemp("office")
    settings = SETTINGS | {
        "TIEOUT_SCHEDULE": "",
        "TIEOUT_CONFIG": str(two_entities(folder / "config")),
        "TIEOUT_EVIDENCE": f"s3://{BUCKET}/books",
        "TIEOUT_SCRATCH": str(folder / "scratch"),
        # A task that was handed to a worker which died before it began is handed out again after this.
        "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT": "20",
        "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT_CHECK_INTERVAL": "5",
    }
    airflow = AirflowStack(state, postgres, settings, workers)
    shared = {"evidence_s3": object_store.airflow_connection()}
    with open_office(airflow, postgres, tryton, finance_template, settings, shared) as one:
        yield one


@pytest.fixture
def company(office: AirflowOffice, filled_billing: str) -> Iterator[AirflowCompany]:
    """The sample company before night one."""
    with office.company(filled_billing) as one:
        one.open_for_night_one()
        yield one


def kill_a_worker_at(
    tasks: tuple[str, ...], state: Path, office: AirflowOffice, workers: CeleryWorkers, run_id: str
) -> tuple[str, str]:
    """Kill a worker, and all that would die with its container, while it runs one of `tasks`; which worker, which task."""
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        for name, task in ((name, task) for name in workers.names for task in tasks):
            leader = Supervisor(state).process(name)
            assert leader is not None
            processes = [leader, *leader.children(recursive=True)]
            if not is_running(office, run_id, task, processes):
                continue
            # Held still, so that the task can't end between being seen and being killed.
            for process in processes:
                process.suspend()
            if is_running(office, run_id, task, processes):
                for process in processes:
                    process.kill()
                psutil.wait_procs(processes, timeout=5)
                assert not any(is_alive(process) for process in processes)
                return name, task
            for process in processes:
                process.resume()
        time.sleep(0.1)
    raise AssertionError(f"no worker was seen at {tasks}")


def is_running(office: AirflowOffice, run_id: str, task: str, processes: list[psutil.Process]) -> bool:
    """Whether a task runs in one of these processes."""
    found = office.task(run_id, task)
    return found.get("state") == "running" and found.get("pid") in [process.pid for process in processes]


def workers_of(state: Path, workers: CeleryWorkers, run_id: str) -> dict[str, set[str]]:
    """Which tasks each worker has logs of, in its own folder."""
    return {
        name: {file.parts[-2] for file in (state / name / "logs").rglob(f"run_id={run_id}/**/attempt=*.log")}
        for name in workers.names
    }


def is_healthy(office: AirflowOffice, worker: str) -> bool:
    """What the health check of docker-compose.yaml says of a worker."""
    [_, line] = compose.resolved(compose.environment())["services"]["airflow-worker"]["healthcheck"]["test"]
    words = shlex.split(line)
    assert words[-1] == "celery@${HOSTNAME}"
    words = [str(Path(sys.executable).with_name(words[0])), *words[1:-1], f"{worker}@{socket.gethostname()}"]
    return (
        subprocess.run(words, env=office.airflow.environment(worker), capture_output=True, check=False).returncode == 0
    )


def assert_right(company: AirflowCompany, night: Night, run: Run) -> None:
    assert run.state == "success", {name: state for name, state in run.tasks.items() if state != "success"}
    ledger, answer = company.ledger_and_answer(night)
    assert ledger == answer
    assert all(company.in_erp().values())


@pytest.mark.chaos
def test_both_nights_give_the_answer_and_one_worker_may_die_in_the_second(
    state: Path,
    office: AirflowOffice,
    workers: CeleryWorkers,
    object_store: EmbeddedObjectStore,
    company: AirflowCompany,
) -> None:
    first = company.run(NIGHT_ONE)
    assert_right(company, NIGHT_ONE, first)
    assert len([name for name, tasks in workers_of(state, workers, first.run_id).items() if tasks]) == 2
    company.live_a_day()
    run_id = company.start(NIGHT_TWO)
    killed, task = kill_a_worker_at(("extract[billing]", "account[billing]"), state, office, workers, run_id)
    second = office.finish(run_id)
    assert [name for name in workers.names if is_healthy(office, name)] == [n for n in workers.names if n != killed]
    assert_right(company, NIGHT_TWO, second)
    assert second.tries[task] == 2
    assert Supervisor(state).process(killed) is None
    # Nothing but the object store holds evidence.
    assert list((object_store.buckets / BUCKET / "books").rglob("*.parquet"))
    assert not any(list((state / name).rglob("*.parquet")) for name in workers.names if name != killed)
