"""The embedded Airflow: four components, and Celery workers if wanted, under our own supervisor, on the embedded PostgreSQL.

Not `airflow standalone`, which leaves its four children behind when it is ended.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests

from include.sample import airflow_settings
from include.sample.airflow_api import AirflowApi, AirflowError
from include.sample.airflow_settings import CeleryWorkers
from include.sample.folders import ROOT, locked, write_private
from include.sample.ports import Ports
from include.sample.postgres import EmbeddedPostgres
from include.sample.supervisor import Supervisor

# Component -> command, and how far it stands back (nice). The api-server first: tasks die when it stays silent.
COMPONENTS: dict[str, tuple[tuple[str, ...], int]] = {
    "airflow-api-server": (("api-server",), 0),
    "airflow-dag-processor": (("dag-processor",), 2),
    "airflow-scheduler": (("scheduler",), 3),
    "airflow-triggerer": (("triggerer", "--skip-serve-logs"), 15),
}
_API_SERVER = "airflow-api-server"
# The triggerer waits ten seconds for triggers, of which we have none.
_PATIENCE_SECONDS = {"airflow-triggerer": 1.0}
_HEALTHY_SECONDS = 180


class AirflowStack:
    """Airflow of one state folder; `environment` has the `AIRFLOW_CONN_...` and what else the tasks need.

    Tasks run in the scheduler's own processes or, with `celery`, in workers that run beside the four components.
    """

    def __init__(
        self,
        state: Path,
        postgres: EmbeddedPostgres,
        environment: Mapping[str, str],
        celery: CeleryWorkers | None = None,
    ) -> None:
        self._state = state
        self._postgres = postgres
        self._environment = dict(environment)
        self._celery = celery
        self._workers = celery.names if celery else ()
        self._components = COMPONENTS | {name: (_worker_arguments(name), 4) for name in self._workers}
        self._supervisor = Supervisor(state)
        self._home = airflow_settings.home(state)
        self._started_file = self._home / "started.json"

    # Life

    def start(self) -> None:
        """Start the components and return at once: `wait_healthy` waits. PostgreSQL must run.

        Already running with the same environment: only a component that died is started again.
        """
        with locked(self._state / "airflow.lock"):
            if self._started().get("environment") != self._fingerprint() or not self._runs(_API_SERVER):
                self._end()
                self._migrate()
                airflow_settings.write_users(self._state)
                airflow_settings.allocate_ports(self._state, self._celery)
            missing = [name for name in self._components if not self._runs(name)]
            if not missing:
                return
            # A little early, because heartbeats are told in whole seconds by some components.
            started = {"environment": self._fingerprint(), "at": time.time() - 1}
            for name in missing:
                arguments, niceness = self._components[name]
                self._supervisor.start(name, self._command(*arguments), self.environment(name), ROOT, niceness)
            write_private(self._started_file, json.dumps(started))

    def prepare(self) -> None:
        """Make Airflow's tables, which takes some seconds the first time. `start` does it too."""
        with locked(self._state / "airflow.lock"):
            self._migrate()

    def stop(self) -> None:
        """End the components and every task they run."""
        with locked(self._state / "airflow.lock"):
            self._end()

    def is_running(self) -> bool:
        """Say whether all components run."""
        return all(self._runs(name) for name in self._components)

    def wait_healthy(self) -> None:
        """Wait until what a run needs has reported since this start: api-server, scheduler and dag-processor.

        The triggerer, which only deferred tasks need, may come a little later. Raises AirflowError naming the log.
        """
        deadline = time.monotonic() + _HEALTHY_SECONDS
        while time.monotonic() < deadline:
            for name in self._components:
                if not self._runs(name):
                    log = self._supervisor.log(name)
                    raise AirflowError(f"{name} ended; its last words, from {log}:\n{_tail(log)}")
            if self._is_healthy():
                return
            time.sleep(0.25)
        raise AirflowError(f"Airflow was not up after {_HEALTHY_SECONDS} s; its logs are in {self._state / 'logs'}.")

    # Ways in

    @property
    def url(self) -> str:
        """`http://127.0.0.1:port`: the UI, and the API below it."""
        return f"http://127.0.0.1:{Ports(self._state).get(_API_SERVER)}"

    def password(self, user: str) -> str:
        """Return the password of `preparer`, `controller`, `auditor` or `admin`."""
        return airflow_settings.password(self._state, user)

    def api(self, user: str = "admin") -> AirflowApi:
        """Log in to the REST API as `user`."""
        return AirflowApi(self.url, user, self.password(user))

    def token(self, user: str) -> str:
        """Return a bearer token for the REST API."""
        return self.api(user).token

    def trigger(self, dag_id: str, conf: Mapping[str, Any]) -> str:
        """Start a run as the preparer, who does that in the UI too; return the run id."""
        return self.api("preparer").trigger(dag_id, conf)

    def wait(self, dag_id: str, run_id: str) -> str:
        """Wait for the end of a run and return its state: `success` or `failed`."""
        return self.api("auditor").wait(dag_id, run_id)

    def cli(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run an `airflow` command in this Airflow and return what it said."""
        return subprocess.run(
            self._command(*arguments), env=self.environment(), cwd=ROOT, capture_output=True, text=True, check=False
        )

    def environment(self, component: str = "") -> dict[str, str]:
        """Return the process environment of a component; without a name, of all but the Celery workers."""
        shared = airflow_settings.airflow_environment(self._state, self._postgres, self._environment, self._celery)
        if component not in self._workers:
            return shared
        own = airflow_settings.worker_environment(self._state, component)
        Path(own["TMPDIR"]).mkdir(parents=True, exist_ok=True)
        return shared | own

    # Inside

    def _runs(self, name: str) -> bool:
        return self._supervisor.is_running(name)

    def _end(self) -> None:
        # Those that give out work first and all at once, the api-server last: tasks report to it.
        others = [name for name in self._components if name != _API_SERVER]
        with ThreadPoolExecutor(len(others)) as pool:
            list(pool.map(self._supervisor.stop, others, [_PATIENCE_SECONDS.get(name, 15) for name in others]))
        self._supervisor.stop(_API_SERVER)

    def _migrate(self) -> None:
        """Make Airflow's tables, once per lock of packages."""
        self._home.mkdir(parents=True, exist_ok=True)
        stamp = self._home / "migrated"
        wanted = hashlib.sha256((ROOT / "requirements.txt").read_bytes()).hexdigest()
        if stamp.exists() and stamp.read_text(encoding="ascii") == wanted:
            return
        done = self.cli("db", "migrate")
        if done.returncode != 0:
            raise AirflowError(f"Airflow could not make its tables: {done.stderr[-2000:]}")
        stamp.write_text(wanted, encoding="ascii")

    def _is_healthy(self) -> bool:
        if not self._supervisor.listens(_API_SERVER, Ports(self._state).get(_API_SERVER) or 0):
            return False
        try:
            report = requests.get(f"{self.url}/api/v2/monitor/health", timeout=10).json()
        except requests.RequestException:
            return False
        beats = (report[part][f"latest_{part}_heartbeat"] for part in ("scheduler", "dag_processor"))
        since = datetime.fromtimestamp(float(self._started().get("at", 0)), UTC)
        return all(beat is not None and datetime.fromisoformat(beat) >= since for beat in beats)

    def _started(self) -> dict[str, Any]:
        try:
            content: dict[str, Any] = json.loads(self._started_file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        return content

    def _fingerprint(self) -> str:
        given = [self._environment, self._workers, self._celery.broker_url if self._celery else None]
        return hashlib.sha256(json.dumps(given, sort_keys=True).encode()).hexdigest()

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "airflow", *arguments]


def _worker_arguments(name: str) -> tuple[str, ...]:
    # Two workers on one machine may not have one name.
    return "celery", "worker", "--celery-hostname", f"{name}@%h"


def _tail(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-2000:]
