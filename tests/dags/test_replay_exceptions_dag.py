"""What `replay_exceptions` is made of: read in a process of its own, as Airflow reads it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from include.config.load import load_configuration

_ROOT = Path(__file__).resolve().parents[2]
_READ = """
import json, sys
from airflow.dag_processing.dagbag import DagBag
from airflow.serialization.serialized_objects import DagSerialization
bag = DagBag("dags/replay_exceptions.py")
text = json.dumps(DagSerialization.to_dict(bag.dags["replay_exceptions"]), sort_keys=True) if bag.dags else ""
json.dump([bag.import_errors, text], open(sys.argv[1], "w"))
"""


@pytest.fixture(scope="module")
def dag(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("airflow")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "TIEOUT"))}
    own = {"AIRFLOW_HOME": str(folder), "AIRFLOW__CORE__DAGS_FOLDER": str(_ROOT / "dags"), "PYTHONPATH": str(_ROOT)}
    answer = folder / "answer.json"
    command = [sys.executable, "-c", _READ, str(answer)]
    subprocess.run(command, env=kept | own, cwd=_ROOT, check=True, capture_output=True)
    errors, text = json.loads(answer.read_text())
    assert errors == {}
    content: dict[str, Any] = json.loads(text)["dag"]
    return content


def plain(value: Any) -> Any:
    """A serialized value without the names of its types."""
    if isinstance(value, dict):
        return plain(value["__var"]) if "__var" in value else {name: plain(each) for name, each in value.items()}
    return value


def tasks_of(dag: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {task["__var"]["task_id"]: task["__var"] for task in dag["tasks"]}


def test_it_runs_by_hand_alone_and_by_the_stages_of_the_night(dag: dict[str, Any]) -> None:
    downstream = {name: set(task.get("downstream_task_ids", ())) for name, task in tasks_of(dag).items()}
    assert downstream["read.extract"] == {"read.validate"}
    assert downstream["read.validate"] == {"read.account"}
    assert downstream["read.account"] == {"read.recognise"}
    assert downstream["read.recognise"] == {"read.tie_out_source"}
    assert downstream["read.tie_out_source"] == {"plan_posting"}
    assert "ledger_tryton.post" in downstream["plan_posting"]
    assert downstream["ledger_tryton.tie_out"] == {"outcome"}
    assert downstream["outcome"] == set()
    assert "NullTimetable" in json.dumps(dag["timetable"])
    assert dag["max_active_runs"] == 1
    assert tasks_of(dag)["outcome"]["trigger_rule"] == "all_done"


def test_the_form_offers_what_there_is_and_asks_for_a_reason(dag: dict[str, Any]) -> None:
    params = {name: plain(param["schema"]) for name, param in dag["params"]}
    configuration = load_configuration()
    assert set(params) == {"reason", "legal_entities", "categories", "documents"}
    assert all(f"`{name}`" in dag["doc_md"] for name in params)
    assert set(params["legal_entities"]["items"]["enum"]) == {*configuration.legal_entities, "UNASSIGNED"}
    categories = {rule.category for rule in configuration.exception_rules.values()}
    assert set(params["categories"]["items"]["enum"]) == categories
    assert params["reason"]["minLength"] == 1
    assert params["documents"]["items"]["pattern"] == "^[a-z_]+:.+$"


def test_posting_takes_the_pool_of_its_erp(dag: dict[str, Any]) -> None:
    for code, erp in load_configuration().erps.items():
        assert {tasks_of(dag)[f"ledger_{code}.{step}"]["pool"] for step in ("post", "tie_out")} == {erp.pool}
