"""How the embedded Airflow is set: for one machine of two cores, on the loopback address, telling nobody anything."""

from __future__ import annotations

import base64
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from include.sample.folders import CACHE, ROOT, write_private
from include.sample.passwords import Passwords
from include.sample.ports import Ports
from include.sample.postgres import EmbeddedPostgres

# Login -> role of Airflow's SimpleAuthManager (each role includes those before it: viewer, user, op, admin).
USERS = {"auditor": "viewer", "preparer": "user", "controller": "op", "admin": "admin"}
# What every task imports. Packages only: our own code is read anew by each task, so that an edit counts at once.
PRELOADED = (
    "airflow.executors.local_executor",
    "airflow.executors.workloads",
    "airflow.dag_processing.dagbag",
    "airflow.dag_processing.bundles.local",
    "airflow.providers_manager",
    "airflow.sdk.execution_time.supervisor",
    "airflow.sdk.execution_time.task_runner",
    "adbc_driver_postgresql.dbapi",
    "duckdb",
    "iso4217",
    "pyarrow.parquet",
    "psycopg",
    "pydantic",
    "requests",
    "tenacity",
    "yaml",
)
PORTS = ("airflow-api-server", "airflow-worker-logs", "airflow-triggerer-logs", "airflow-scheduler-health")


@dataclass(frozen=True)
class CeleryWorkers:
    """CeleryExecutor instead of LocalExecutor: its broker, and workers that share no folder with anybody."""

    broker_url: str
    names: tuple[str, ...] = ("airflow-worker-one", "airflow-worker-two")


def home(state: Path) -> Path:
    """Return AIRFLOW_HOME of a state folder."""
    return state / "airflow"


def password(state: Path, user: str) -> str:
    """Return the password with which `user` logs in to Airflow."""
    return Passwords(state).get(f"airflow-user-{user}")


def allocate_ports(state: Path, celery: CeleryWorkers | None = None) -> None:
    """Choose free ports for a start, all of them before the first component begins."""
    ports = Ports(state)
    for name in (*PORTS, *(celery.names if celery else ())):
        ports.allocate(name)


def write_users(state: Path) -> Path:
    """Write the file from which Airflow reads its users' passwords (0600) and return its place."""
    file = home(state) / "passwords.json"
    write_private(file, json.dumps({user: password(state, user) for user in USERS}, indent=2) + "\n")
    return file


def worker_environment(state: Path, worker: str) -> dict[str, str]:
    """Return in what a Celery worker differs from the other components: all its folders, and where it shows its logs."""
    own = state / worker
    return {
        "AIRFLOW_HOME": str(own / "airflow"),
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(own / "logs"),
        "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(Ports(state).get(worker)),
        "TIEOUT_SCRATCH": str(own / "scratch"),
        "TMPDIR": str(own / "tmp"),
    }


def airflow_environment(
    state: Path, postgres: EmbeddedPostgres, environment: Mapping[str, str], celery: CeleryWorkers | None = None
) -> dict[str, str]:
    """Return the process environment of every Airflow component; `environment` holds the connections."""
    settings = _settings(state, postgres) | (_celery_settings(postgres, celery) if celery else {})
    # Settings for another Airflow, in the shell of whoever starts this one, must not reach it. Neither must the wish
    # for no bytecode: each task would compile Airflow anew, which takes longer than the task.
    kept_out = ("AIRFLOW_", "_AIRFLOW_", "PYTHONDONTWRITEBYTECODE")
    outside = {name: value for name, value in os.environ.items() if not name.startswith(kept_out)}
    ours = {f"AIRFLOW__{name.upper().replace('.', '__')}": value for name, value in settings.items()}
    own = {
        "AIRFLOW_HOME": str(home(state)),
        "PYTHONPATH": str(ROOT),
        "PYTHONPYCACHEPREFIX": str(CACHE / "pycache"),
        "PYTHONUNBUFFERED": "1",
        "NO_PROXY": "127.0.0.1,localhost",
        "DO_NOT_TRACK": "1",
    }
    return outside | own | ours | dict(environment)


def _settings(state: Path, postgres: EmbeddedPostgres) -> dict[str, str]:
    ports = {name: str(Ports(state).get(name)) for name in PORTS}
    keys = Passwords(state)
    url = f"http://127.0.0.1:{ports['airflow-api-server']}"
    metadata = postgres.dsn("airflow", "airflow").replace("postgresql://", "postgresql+psycopg2://")
    return {
        "core.executor": "LocalExecutor",
        "core.dags_folder": str(ROOT / "dags"),
        "core.plugins_folder": str(ROOT / "plugins"),
        "core.load_examples": "False",
        "core.default_timezone": "utc",
        "core.execution_api_server_url": f"{url}/execution/",
        "core.fernet_key": keys.get("airflow-fernet-key", _fernet_key),
        "core.simple_auth_manager_users": ",".join(f"{user}:{role}" for user, role in USERS.items()),
        "core.simple_auth_manager_passwords_file": str(home(state) / "passwords.json"),
        # Two cores: more tasks at once starve the api-server, whose silence ends running tasks.
        "core.parallelism": "4",
        "core.max_active_tasks_per_dag": "4",
        # A task is a new process: one that is forked with its packages loaded begins two seconds earlier.
        "scheduler.mp_start_method": "forkserver",
        "scheduler.mp_forkserver_preload": ",".join(PRELOADED),
        "workers.max_failed_heartbeats": "30",
        "database.sql_alchemy_conn": metadata,
        "api.host": "127.0.0.1",
        "api.port": ports["airflow-api-server"],
        "api.base_url": url,
        "api.workers": "1",
        "api.secret_key": keys.get("airflow-secret-key", _long_key),
        "api_auth.jwt_secret": keys.get("airflow-jwt-secret", _long_key),
        "logging.base_log_folder": str(home(state) / "logs"),
        "logging.worker_log_server_port": ports["airflow-worker-logs"],
        "logging.trigger_log_server_port": ports["airflow-triggerer-logs"],
        "scheduler.scheduler_health_check_server_port": ports["airflow-scheduler-health"],
        "scheduler.scheduler_idle_sleep_time": "0.5",
        # The tasks of a scheduler that was killed wait for this look of its successor; five minutes by default.
        "scheduler.orphaned_tasks_check_interval": "30",
        # Reading our DAGs takes two seconds each: more often, and one of two cores does nothing else.
        "dag_processor.refresh_interval": "30",
        "dag_processor.min_file_process_interval": "30",
        "dag_processor.parsing_processes": "1",
    }


def _celery_settings(postgres: EmbeddedPostgres, celery: CeleryWorkers) -> dict[str, str]:
    return {
        "core.executor": "CeleryExecutor",
        "celery.broker_url": celery.broker_url,
        "celery.result_backend": f"db+{postgres.dsn('airflow', 'airflow')}",
        "celery.worker_concurrency": "2",
    }


def _long_key() -> str:
    return secrets.token_hex(64)


def _fernet_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
