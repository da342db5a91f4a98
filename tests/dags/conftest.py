"""One real Airflow for all runs, and for each case a sample company of its own: billing, finance database and ERP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from include.sample import company
from include.sample.airflow import AirflowStack
from include.sample.postgres import EmbeddedPostgres
from include.sample.tryton import TrytonServer
from tests.dags.airflow_company import AirflowCompany, AirflowOffice, Run, open_office, two_entities
from tests.notices.servers import Hook, web_server

SETTINGS = {
    # The one instant of the year at which the schedule is due: runs that people start are all others.
    "TIEOUT_SCHEDULE": "0 6 2 2 *",
    "TIEOUT_RETRY_DELAY_SECONDS": "4",
    # No file of ours changes while tests run.
    "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "600",
    # What died is missed within seconds.
    "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "5",
    "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": "15",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "20",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "2",
}


@pytest.fixture(scope="module")
def empty_billing(postgres: EmbeddedPostgres) -> str:
    """A billing database with the contract's tables and no document in them."""
    name = "billing_empty"
    postgres.drop_database(name)
    postgres.create_database(name, "billing_owner")
    company.create_billing_schema(postgres.dsn("billing_owner", name))
    return name


@pytest.fixture(scope="module")
def filled_billing(postgres: EmbeddedPostgres, empty_billing: str) -> str:
    """A billing database with everything before night one."""
    name = "billing_filled"
    postgres.drop_database(name)
    postgres.create_database(name, "billing_owner", empty_billing)
    company.fill_night_one(postgres.dsn("billing_owner", name))
    return name


@pytest.fixture(scope="module")
def hook() -> Iterator[Hook]:
    """Where the office's notices arrive."""
    with web_server() as one:
        yield one


def telling(config: Path, hook: Hook) -> dict[str, str]:
    """Settings of an Airflow with this configuration that tells of everything at the hook."""
    told = {
        "airflow_url": "http://airflow.example.com",
        "tied_out_by": "06:00",
        "channels": [{"name": "team", "kind": "webhook", "connection": "notices_hook"}],
    }
    (config / "notifications.yaml").write_text(yaml.safe_dump(told), encoding="utf-8")
    leads = {"conn_type": "http", "host": "127.0.0.1", "port": hook.port, "password": "told"}
    return {"TIEOUT_CONFIG": str(config), "AIRFLOW_CONN_NOTICES_HOOK": json.dumps(leads)}


@pytest.fixture(scope="module")
def office(
    state: Path,
    postgres: EmbeddedPostgres,
    tryton: TrytonServer,
    finance_template: str,
    tmp_path_factory: pytest.TempPathFactory,
    hook: Hook,
) -> Iterator[AirflowOffice]:
    """Airflow with two of the sample company's legal entities; its connections are set by each case."""
    folder = tmp_path_factory.mktemp("office")
    places = {"TIEOUT_EVIDENCE": str(folder / "evidence"), "TIEOUT_SCRATCH": str(folder / "scratch")}
    settings = SETTINGS | places | telling(two_entities(folder / "config"), hook)
    with open_office(AirflowStack(state, postgres, settings), postgres, tryton, finance_template, settings) as one:
        yield one


@pytest.fixture(scope="module")
def scheduled_run(office: AirflowOffice, empty_billing: str) -> Iterator[Run]:
    """The run that the schedule starts by itself, once, on a billing database without documents."""
    with office.company(empty_billing):
        yield office.finish(office.first_scheduled_run())


@pytest.fixture
def sample(office: AirflowOffice, filled_billing: str, scheduled_run: Run) -> Iterator[AirflowCompany]:
    """This case's own sample company before night one."""
    with office.company(filled_billing) as one:
        one.open_for_night_one()
        yield one
