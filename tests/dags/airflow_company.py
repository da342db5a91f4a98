"""A sample company that a real Airflow runs nights for, and the same company as a test looks at it."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import yaml
from psycopg import sql
from tenacity import Retrying, retry_if_exception_message, stop_after_delay, wait_fixed

from include.app import App, EnvironmentConnections
from include.config.folder import PACKAGE_FOLDER
from include.config.load import load_configuration
from include.pipelines.entities import entities_of
from include.pipelines.reference import fetch_reference
from include.ports.erp import LedgerState
from include.sample import company
from include.sample.airflow import AirflowStack
from include.sample.airflow_api import AirflowApi, AirflowError
from include.sample.company import Night
from include.sample.demo import DAG, ERP_POOL_SLOTS, check_ledger
from include.sample.exchange_rates import load_sample_rates
from include.sample.postgres import EmbeddedPostgres
from include.sample.tryton import PERIOD_ADMIN, TrytonServer
from include.store.database import FinanceDatabase

ENTITIES = ("JP", "US")
NIGHT_ONE, NIGHT_TWO = company.NIGHTS
_LONGEST_RUN_SECONDS = 300
_DONE = ("success", "failed")


def two_entities(folder: Path) -> Path:
    """The shipped configuration, with two of its legal entities only: one with cents, one without."""
    shutil.copytree(PACKAGE_FOLDER, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    file = folder / "legal_entities.yaml"
    entities = yaml.safe_load(file.read_text(encoding="utf-8"))
    kept = {code: entities[code] for code in ENTITIES}
    file.write_text(yaml.safe_dump(kept), encoding="utf-8")
    file = folder / "erps.yaml"
    erps = yaml.safe_load(file.read_text(encoding="utf-8"))
    erps["tryton"]["companies"] = {code: erps["tryton"]["companies"][code] for code in ENTITIES}
    file.write_text(yaml.safe_dump(erps), encoding="utf-8")
    (folder / "close_calendars/europe.yaml").unlink()
    return folder


@dataclass(frozen=True)
class Run:
    """A DAG run that has ended: its state, and the state of each task by name, `post[US]` where it is mapped."""

    run_id: str
    state: str
    tasks: Mapping[str, str]
    tries: Mapping[str, int]

    def of(self, state: str) -> set[str]:
        """The tasks that ended in this state."""
        return {name for name, ended in self.tasks.items() if ended == state}


@dataclass(frozen=True)
class AirflowOffice:
    """A running Airflow and the servers around it; companies come and go."""

    airflow: AirflowStack
    api: AirflowApi
    postgres: EmbeddedPostgres
    tryton: TrytonServer
    finance_template: str
    settings: Mapping[str, str]
    connections: Mapping[str, str] = field(default_factory=dict)  # those that all companies share

    @contextmanager
    def company(self, billing_template: str) -> Iterator[AirflowCompany]:
        """A new company, to which Airflow's connections lead from now on."""
        mark = uuid4().hex[:12]
        billing, finance, erp = f"billing_{mark}", f"finance_{mark}", f"erp_{mark}"
        self.postgres.create_database(billing, "billing_owner", billing_template)
        self.postgres.create_database(finance, "finance_owner", self.finance_template)
        with self.postgres.admin() as admin:
            # Rights on a database itself do not come with its copy.
            admin.execute(sql.SQL("grant temporary on database {} to finance_writer").format(sql.Identifier(finance)))
        self.tryton.create_database(erp)
        connections = {
            **self.connections,
            "billing_db": self.postgres.airflow_connection("billing_reader", billing),
            "finance_db": self.postgres.airflow_connection("finance_writer", finance),
            "erp_tryton": self.tryton.airflow_connection(erp),
            "erp_tryton_periods": self.tryton.airflow_connection(erp, PERIOD_ADMIN),
        }
        with ExitStack() as late:
            one = AirflowCompany(self, billing, finance, erp, connections, late)
            for name in connections:
                one.connect(name)
            yield one
        for name in (billing, finance):
            self.postgres.drop_database(name)
        self.tryton.drop_database(erp)

    def start(self, conf: Mapping[str, Any]) -> str:
        """Start a run as a person does; return its id."""
        return self.airflow.trigger(DAG, conf)

    def finish(self, run_id: str) -> Run:
        """Wait for the end of a run."""
        path = f"/dags/{DAG}/dagRuns/{quote(run_id, safe='')}"
        wait_for(lambda: self.api.get(path)["state"] in _DONE, _LONGEST_RUN_SECONDS, f"the end of {run_id}")
        found = {self._name(task): task for task in self.api.get(f"{path}/taskInstances?limit=200")["task_instances"]}
        return Run(
            run_id,
            self.api.get(path)["state"],
            {name: str(task["state"]) for name, task in found.items()},
            {name: int(task["try_number"]) for name, task in found.items()},
        )

    def task(self, run_id: str, name: str) -> Mapping[str, Any]:
        """A task of a run as Airflow has it now, or nothing."""
        path = f"/dags/{DAG}/dagRuns/{quote(run_id, safe='')}/taskInstances?limit=200"
        return next((task for task in self.api.get(path)["task_instances"] if self._name(task) == name), {})

    def asset_events(self, run: Run) -> list[Mapping[str, Any]]:
        """What the run told of a night that is tied out."""
        path = f"/assets/events?source_dag_id={DAG}&source_run_id={quote(run.run_id, safe='')}"
        return [event["extra"] for event in self.api.get(path)["asset_events"]]

    def log(self, run: Run, name: str) -> str:
        """What a task said in its last try."""
        task = self.task(run.run_id, name)
        path = (
            f"/dags/{DAG}/dagRuns/{quote(run.run_id, safe='')}/taskInstances/{task['task_id']}/logs/{task['try_number']}"
            f"?map_index={task['map_index']}&full_content=true"
        )
        return json.dumps(self.api.get(path)["content"], ensure_ascii=False)

    def forget_earlier_runs(self) -> None:
        """Remove the DAG with the runs of an earlier test run, and have Airflow read its file again."""
        found = self.api.get(f"/dags?dag_id_pattern={DAG}")["dags"]
        if not found:
            return
        # A task that the end of its run did not wait for is still on its way for a moment, and Airflow says no.
        for again in Retrying(
            retry=retry_if_exception_message(match=".*HTTP 409"),
            stop=stop_after_delay(60),
            wait=wait_fixed(1),
            reraise=True,
        ):
            with again:
                self.api._request("DELETE", f"/api/v2/dags/{DAG}")
        # By the API it could not be asked for: that wants to know whose DAG it is, and there is none.
        with self.postgres.admin("airflow") as metadata:
            metadata.execute(
                "insert into dag_priority_parsing_request (id, bundle_name, relative_fileloc) values (%s, %s, %s)",
                (uuid4().hex, found[0]["bundle_name"], found[0]["relative_fileloc"]),
            )

    def first_scheduled_run(self) -> str:
        """Let the DAG run by its schedule, and return the id of the run that Airflow makes by itself."""
        self.airflow.api("admin")._wait_for_dag(DAG)
        self.api._request("PATCH", f"/api/v2/dags/{DAG}", {"is_paused": False})
        path = f"/dags/{DAG}/dagRuns?run_type=scheduled&limit=1"
        wait_for(lambda: bool(self.api.get(path)["dag_runs"]), 60, "the run of the schedule")
        return str(self.api.get(path)["dag_runs"][0]["dag_run_id"])

    def backfill_run(self, tries: int) -> str:
        """Wait until a backfill runs the one night of the schedule, whose DAG run then has been queued for the so-manieth time."""
        path = f"/dags/{DAG}/dagRuns?run_type=backfill&limit=5"

        def found() -> list[Mapping[str, Any]]:
            return [run for run in self.api.get(path)["dag_runs"] if run["state"] in ("queued", "running")]

        wait_for(found, 60, f"run {tries} of the backfill")
        return str(found()[0]["dag_run_id"])

    @staticmethod
    def _name(task: Mapping[str, Any]) -> str:
        short, index = str(task["task_id"]).rsplit(".", 1)[-1], int(task["map_index"])
        if index < 0:
            return short
        # Not Airflow's label, which a task gets only when it runs.
        return f"{short}[{ENTITIES[index] if short in ('post', 'tie_out') else 'billing'}]"


@contextmanager
def open_office(
    airflow: AirflowStack,
    postgres: EmbeddedPostgres,
    tryton: TrytonServer,
    finance_template: str,
    settings: Mapping[str, str],
    connections: Mapping[str, str] | None = None,
) -> Iterator[AirflowOffice]:
    """Start an Airflow, and end it whatever happens."""
    try:
        airflow.start()
        airflow.wait_healthy()
        api = airflow.api("admin")
        api.ensure_pool("erp_tryton", ERP_POOL_SLOTS)
        one = AirflowOffice(airflow, api, postgres, tryton, finance_template, settings, connections or {})
        one.forget_earlier_runs()
        yield one
    finally:
        airflow.stop()


@dataclass(frozen=True)
class AirflowCompany:
    """One company's billing, finance database and ERP, and its nights."""

    office: AirflowOffice
    billing: str
    finance: str
    erp: str
    connections: Mapping[str, str]
    late: ExitStack

    # What a person does

    def connect(self, name: str, **changed: object) -> None:
        """Set a connection in Airflow, as on its Connections page; `changed` fields are not what they should be."""
        self.disconnect(name)
        content = json.loads(self.connections[name]) | changed
        self.office.api._request("POST", "/api/v2/connections", {"connection_id": name, **content})

    def disconnect(self, name: str) -> None:
        """Remove a connection from Airflow."""
        try:
            self.office.api._request("DELETE", f"/api/v2/connections/{name}")
        except AirflowError as error:
            if "HTTP 404" not in str(error):
                raise

    def start(self, night: Night, **params: object) -> str:
        """Start a run of a night."""
        return self.office.start({"as_of": f"{night.as_of:%Y-%m-%dT%H:%M:%SZ}", **params})

    def run(self, night: Night, **params: object) -> Run:
        """Run a night to its end."""
        return self.office.finish(self.start(night, **params))

    def open_for_night_one(self) -> None:
        """A transaction that stays open in billing while night one reads."""
        load_sample_rates(FinanceDatabase(self.office.postgres.dsn("finance_writer", self.finance)))
        self.late.enter_context(company.hold_late_transaction(self._billing_owner))

    def live_a_day(self) -> None:
        """Everything between the nights: the late transaction commits, a period is closed in the ERP, billing goes on."""
        self.late.close()
        for entity, period in company.CLOSED_BEFORE_NIGHT_TWO:
            self.office.tryton.close_period(self.erp, entity, period)
        company.apply_night_two(self._billing_owner)

    def close_year(self, year: int) -> None:
        """Close all periods of a fiscal year in the ERP."""
        for entity, period in _months(year):
            self.office.tryton.close_period(self.erp, entity, period)

    def reopen_year(self, year: int) -> None:
        """Open them again."""
        for entity, period in _months(year):
            self.office.tryton.reopen_period(self.erp, entity, period)

    def learn_periods(self) -> None:
        """Accounts and periods of the ERP as an earlier night left them."""
        for code, erp in self.app.configuration.erps.items():
            fetch_reference(self.app.finance(), self.app.erp(code), erp.code, entities_of(self.app.configuration, code))

    def close_account(self, entity: str, code: str, *, is_closed: bool) -> None:
        """Close an account in the ERP, or open it again."""
        session = self.office.tryton.session(self.erp)
        name = self.app.configuration.erps["tryton"].companies[entity]
        domain = [["company.party.name", "=", name], ["code", "=", code]]
        found = [row["id"] for row in session.search("account.account", domain)]
        session.call("account.account.write", found, {"closed": is_closed})

    # What a person sees

    @cached_property
    def app(self) -> App:
        """The application on this company's databases."""
        environment = {f"AIRFLOW_CONN_{name.upper()}": text for name, text in self.connections.items()}
        settings = self.office.settings
        return App(
            configuration=load_configuration(Path(settings["TIEOUT_CONFIG"])),
            connections=EnvironmentConnections(environment),
            evidence_url=settings["TIEOUT_EVIDENCE"],
            scratch=Path(settings["TIEOUT_SCRATCH"]),
        )

    def entries(self) -> dict[str, dict[str, int]]:
        """How many journal entries of each legal entity are in each state."""
        with self.app.finance().transaction() as connection:
            rows = connection.execute(
                "select legal_entity_code, state, count(*) as n from journal_entry group by legal_entity_code, state"
            ).fetchall()
        found: dict[str, dict[str, int]] = {}
        for row in rows:
            found.setdefault(row["legal_entity_code"], {})[row["state"]] = row["n"]
        return found

    def in_erp(self) -> dict[str, int]:
        """How many entries each legal entity has in the ERP. Each stands there once, and none is a draft."""
        counts = {}
        for entity in self.app.configuration.legal_entities.values():
            found = self.app.erp(entity.erp_code).references(entity, date(2020, 1, 1))
            states = [[entry.state for entry in entries] for entries in found.values()]
            assert states == [[LedgerState.POSTED]] * len(states)
            counts[entity.code] = len(states)
        return counts

    def ledger_and_answer(self, night: Night) -> tuple[Mapping[Any, int], Mapping[Any, int]]:
        """The ledger in the ERP after a night, and what it should be, per legal entity, account and period."""
        check = check_ledger(self.app, night, company.answer().nights[night.number - 1])
        return check.read_back, {place: minor for place, minor in check.expected.items() if place[0] in ENTITIES}

    @property
    def _billing_owner(self) -> str:
        return self.office.postgres.dsn("billing_owner", self.billing)


def _months(year: int) -> list[tuple[str, str]]:
    return [(entity, f"{year}-{month:02}") for entity in ENTITIES for month in range(1, 13)]


def wait_for(is_so: Callable[[], object], seconds: float, what: str, pause_seconds: float = 0.3) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"{what} did not come within {seconds:.0f} s"
        time.sleep(pause_seconds)
