"""All embedded services together, in the order in which they need each other."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from include.sample.airflow import AirflowStack
from include.sample.folders import HOME
from include.sample.postgres import EmbeddedPostgres
from include.sample.supervisor import Supervisor
from include.sample.tryton import PERIOD_ADMIN, TrytonServer

DEMO_STATE = HOME / "demo"
ERP_DATABASE = "erp"
# Database -> the role that a person looks at it with: select only.
_READERS = {"billing": "billing_reader", "finance": "auditor"}
# What `clean` leaves: what was installed, and the ERP's template.
_INSTALLED = ("venv", "erp-venv", "tools", "cache")


@dataclass(frozen=True)
class ServiceStatus:
    """One embedded service: is it up, and where (a URL or an address)."""

    name: str
    is_running: bool
    address: str


def say_nothing(_text: str) -> None:
    """Progress nobody wants to read."""


class Stack:
    """PostgreSQL, the demo ERP and Airflow of one state folder. `say` gets lines of progress for people."""

    def __init__(self, state: Path = DEMO_STATE, say: Callable[[str], None] = say_nothing) -> None:
        self.state = state
        self._say = say
        self.postgres = EmbeddedPostgres(state)
        self.tryton = TrytonServer(state, self.postgres, say)

    @property
    def airflow(self) -> AirflowStack:
        """Airflow with this stack's connections; PostgreSQL and the ERP were started before."""
        return AirflowStack(self.state, self.postgres, self.environment())

    def start(self) -> None:
        """Bring everything up and wait until it is healthy. What runs already stays as it is."""
        self.start_databases_and_erp()
        self._say("Starting Airflow")
        airflow = self.airflow
        airflow.start()
        airflow.wait_healthy()
        self._say(f"Airflow is up: {airflow.url}")

    def start_databases_and_erp(self) -> None:
        """Bring up what the pipelines need without Airflow."""
        self._say("Starting PostgreSQL")
        self.postgres.start()
        self._say(f"PostgreSQL is up: 127.0.0.1:{self.postgres.port}")
        with ThreadPoolExecutor(1) as side:
            # Airflow's tables need one core, the ERP's template the other.
            tables = side.submit(AirflowStack(self.state, self.postgres, {}).prepare)
            self.tryton.ensure_template()
            tables.result()
        self._say("Starting the demo ERP (Tryton)")
        self.tryton.create_database(ERP_DATABASE)
        self.tryton.start()
        self._say(f"The demo ERP is up: {self.tryton.url}, database {ERP_DATABASE}")

    def stop(self) -> None:
        """End everything of this state folder, also what a crashed run left, and nothing else."""
        if not self.state.exists():
            return
        AirflowStack(self.state, self.postgres, {}).stop()
        self.tryton.stop()
        supervisor = Supervisor(self.state)
        for name in supervisor.names():
            supervisor.stop(name)
        self.postgres.stop()

    def environment(self) -> dict[str, str]:
        """Return the variables that give the pipelines their connections and their folders.

        The finance database's owner is not among them: tasks can write rows, and change no table.
        """
        return {
            "AIRFLOW_CONN_BILLING_DB": self.postgres.airflow_connection("billing_reader", "billing"),
            "AIRFLOW_CONN_FINANCE_DB": self.postgres.airflow_connection("finance_writer", "finance"),
            "AIRFLOW_CONN_ERP_TRYTON": self.tryton.airflow_connection(ERP_DATABASE),
            "AIRFLOW_CONN_ERP_TRYTON_PERIODS": self.tryton.airflow_connection(ERP_DATABASE, PERIOD_ADMIN),
            "TIEOUT_EVIDENCE": str(self.state / "evidence"),
            "TIEOUT_SCRATCH": str(self.state / "scratch"),
        }

    def status(self) -> list[ServiceStatus]:
        """Say of each service whether it runs and where."""
        if not (self.state / "ports.json").exists():
            return []
        airflow = AirflowStack(self.state, self.postgres, {})
        return [
            ServiceStatus("PostgreSQL", self.postgres.is_running(), f"127.0.0.1:{self.postgres.port}"),
            ServiceStatus("Demo ERP (Tryton)", self.tryton.is_running(), self.tryton.url),
            ServiceStatus("Airflow", airflow.is_running(), airflow.url),
        ]

    def sql(self, database: str) -> int:
        """Open psql on `billing` or `finance` for reading, and return its exit status."""
        if database not in _READERS:
            raise LookupError(f"There is no database {database} to look at: say {' or '.join(_READERS)}.")
        self.postgres.start()
        return self.postgres.psql(_READERS[database], database)


@contextmanager
def running_stack(state: Path, say: Callable[[str], None] = say_nothing) -> Iterator[Stack]:
    """Give a running stack for the length of a `with` block, and end it whatever happens."""
    stack = Stack(state, say)
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()


def clean() -> None:
    """End every stack below `.tieout` and remove its data; what is installed stays."""
    for folder in sorted(HOME.glob("*")):
        if folder.is_dir() and folder.name not in _INSTALLED:
            Stack(folder).stop()
            shutil.rmtree(folder)
