"""What `nightly_posting` is made of: read in a process of its own, as Airflow reads it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from include.config.load import load_configuration
from include.finance.errors import ConfigurationError
from include.orchestration.retry import retry_delay
from include.orchestration.schedule import nightly_schedule

_ROOT = Path(__file__).resolve().parents[2]
_READ = """
import json, sys, time
import airflow.sdk
from airflow.dag_processing.dagbag import DagBag
from airflow.serialization.serialized_objects import DagSerialization
started = time.process_time()
bag = DagBag("dags")
seconds = time.process_time() - started
loaded = sorted(name for name in sys.modules if "." not in name)
dags = [dag for name, dag in bag.dags.items() if name == "nightly_posting"]
texts = [json.dumps(DagSerialization.to_dict(dag), sort_keys=True) for dag in dags for _ in range(2)]
json.dump([bag.import_errors, seconds, loaded, texts], open(sys.argv[1], "w"))
"""


def read_dags(folder: Path, **environment: str) -> tuple[dict[str, str], float, list[str], list[str]]:
    """Import errors, seconds of processor time, top-level modules loaded, and each DAG serialized twice."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "TIEOUT"))}
    own = {"AIRFLOW_HOME": str(folder), "AIRFLOW__CORE__DAGS_FOLDER": str(_ROOT / "dags"), "PYTHONPATH": str(_ROOT)}
    answer = folder / "answer.json"
    subprocess.run(
        [sys.executable, "-c", _READ, str(answer)],
        env=kept | own | environment,
        cwd=_ROOT,
        check=True,
        capture_output=True,
    )
    errors, seconds, loaded, texts = json.loads(answer.read_text())
    return errors, seconds, loaded, texts


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], float, list[str], list[str]]:
    return read_dags(tmp_path_factory.mktemp("airflow"))


@pytest.fixture(scope="module")
def dag(reading: tuple[dict[str, str], float, list[str], list[str]]) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(reading[3][0])["dag"]
    return content


def tasks_of(dag: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {task["__var"]["task_id"]: task["__var"] for task in dag["tasks"]}


def test_the_dags_import_without_errors_and_at_once(
    reading: tuple[dict[str, str], float, list[str], list[str]],
) -> None:
    errors, seconds, _, _ = reading
    assert errors == {}
    assert seconds < 3


def test_reading_a_dag_loads_nothing_heavy(reading: tuple[dict[str, str], float, list[str], list[str]]) -> None:
    heavy = {"adbc_driver_postgresql", "alembic", "duckdb", "great_expectations", "pandas", "psycopg", "pyarrow"}
    assert heavy.isdisjoint(reading[2])


def test_the_same_files_always_give_the_same_dag(
    reading: tuple[dict[str, str], float, list[str], list[str]], tmp_path: Path
) -> None:
    first, second = reading[3]
    again = read_dags(tmp_path)[3]
    assert first == second == again[0] == again[1]


def test_the_steps_stand_in_the_order_of_the_manual(dag: dict[str, Any]) -> None:
    downstream = {name: set(task.get("downstream_task_ids", ())) for name, task in tasks_of(dag).items()}
    assert set(downstream) == {
        "plan",
        "read.extract",
        "read.validate",
        "read.account",
        "read.recognise",
        "read.tie_out_source",
        "plan_posting",
        "ledger_tryton.post",
        "ledger_tryton.tie_out",
        "report",
        "verdict",
    }
    assert downstream["read.extract"] == {"read.validate"}
    assert downstream["read.validate"] == {"read.account"}
    assert downstream["read.account"] == {"read.recognise"}
    assert downstream["read.recognise"] == {"read.tie_out_source"}
    assert downstream["read.tie_out_source"] == {"plan_posting"}
    assert "ledger_tryton.post" in downstream["plan_posting"]
    assert downstream["ledger_tryton.post"] == {"ledger_tryton.tie_out"}
    assert downstream["ledger_tryton.tie_out"] == {"report"}
    assert downstream["report"] == {"verdict"}
    assert downstream["verdict"] == set()


def test_what_must_go_on_after_a_failure_does(dag: dict[str, Any]) -> None:
    rules = {name: task.get("trigger_rule", "all_success") for name, task in tasks_of(dag).items()}
    assert {name for name, rule in rules.items() if rule == "all_done"} == {"plan_posting", "report", "verdict"}
    assert {name for name, rule in rules.items() if rule == "none_failed"} == {"read.recognise", "read.tie_out_source"}
    others = rules.keys() - {"plan_posting", "report", "verdict", "read.recognise", "read.tie_out_source"}
    assert {rules[name] for name in others} == {"all_success"}


def test_every_legal_entity_is_mapped_on_every_night_with_its_erps_pool(dag: dict[str, Any]) -> None:
    configuration = load_configuration()
    groups = dag["task_group"]["children"]
    for code, erp in configuration.erps.items():
        entities = sorted(each.code for each in configuration.legal_entities.values() if each.erp_code == code)
        assert json.dumps(entities) in json.dumps(groups[f"ledger_{code}"])
        for step in ("post", "tie_out"):
            assert tasks_of(dag)[f"ledger_{code}.{step}"]["pool"] == erp.pool


def test_a_stuck_night_does_not_block_the_next_and_the_past_is_not_caught_up(dag: dict[str, Any]) -> None:
    assert dag["max_active_runs"] == 2
    assert dag["catchup"] is False
    assert dag["dagrun_timeout"] == timedelta(hours=6).total_seconds()
    retries = {name: task.get("retries", 0) for name, task in tasks_of(dag).items()}
    assert {name for name, tries in retries.items() if tries == 3} == set(retries) - {"report", "verdict"}
    assert retries["report"] == retries["verdict"] == 0


def test_the_manual_is_in_airflow_and_names_every_parameter(dag: dict[str, Any]) -> None:
    names = {name for name, _ in dag["params"]}
    assert names == {"as_of", "dry_run", "full_compare", "legal_entities", "reason", "sources"}
    assert all(f"`{name}`" in dag["doc_md"] for name in names)


def test_the_schedule_is_off_until_somebody_sets_it(tmp_path: Path) -> None:
    assert nightly_schedule({}) is None
    assert nightly_schedule({"TIEOUT_SCHEDULE": " "}) is None
    assert nightly_schedule({"TIEOUT_SCHEDULE": "0 2 * * *"}) == "0 2 * * *"
    errors, _, _, texts = read_dags(tmp_path, TIEOUT_SCHEDULE="0 2 * * *")
    assert errors == {}
    assert "0 2 * * *" in texts[0]


def test_a_wrong_configuration_is_an_import_error_with_file_and_line(tmp_path: Path) -> None:
    folder = tmp_path / "config"
    folder.mkdir()
    for name in ("legal_entities", "sources", "erps", "exceptions"):
        (folder / f"{name}.yaml").write_text("{}\n" if name != "sources" else "billing: {system: postgres, typo: 1}\n")
    errors, _, _, texts = read_dags(tmp_path / "home", TIEOUT_CONFIG=str(folder))
    assert texts == []
    names = {path.name for path in (Path(__file__).parents[2] / "dags").glob("*.py")}
    assert {Path(name).name for name in errors} == names
    for message in errors.values():
        assert "sources.yaml:1" in message
        assert "typo" in message


def test_the_delay_before_a_retry_is_longer_than_a_lease_unless_somebody_says_otherwise() -> None:
    assert retry_delay({}) == timedelta(seconds=90)
    assert retry_delay({"TIEOUT_RETRY_DELAY_SECONDS": "4"}) == timedelta(seconds=4)
    with pytest.raises(ConfigurationError, match="TIEOUT_RETRY_DELAY_SECONDS is 'soon'"):
        retry_delay({"TIEOUT_RETRY_DELAY_SECONDS": "soon"})
