"""What `reverse_entry` is made of: read in a process of its own, as Airflow reads it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from include.orchestration.reverse_entry import BOOKED_ANEW
from tests.dags.test_replay_exceptions_dag import plain, tasks_of

_ROOT = Path(__file__).resolve().parents[2]
_READ = """
import json, sys
from airflow.dag_processing.dagbag import DagBag
from airflow.serialization.serialized_objects import DagSerialization
bag = DagBag("dags/reverse_entry.py")
text = json.dumps(DagSerialization.to_dict(bag.dags["reverse_entry"]), sort_keys=True) if bag.dags else ""
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


def test_nothing_is_booked_before_a_second_person_was_asked(dag: dict[str, Any]) -> None:
    downstream = {name: set(task.get("downstream_task_ids", ())) for name, task in tasks_of(dag).items()}
    assert "approval" in downstream["propose"]
    assert downstream["approval"] == {"book"}
    assert downstream["book"] == {"outcome"}
    assert downstream["outcome"] == set()
    assert tasks_of(dag)["outcome"]["trigger_rule"] == "all_done"
    assert "NullTimetable" in json.dumps(dag["timetable"])


def test_the_form_takes_no_run_without_entry_choice_and_reason(dag: dict[str, Any]) -> None:
    params = {name: plain(param["schema"]) for name, param in dag["params"]}
    assert set(params) == {"reference", "documents", "afterwards", "reason"}
    assert all(f"`{name}`" in dag["doc_md"] for name in params)
    assert params["reference"]["minLength"] == params["reason"]["minLength"] == 1
    assert BOOKED_ANEW in params["afterwards"]["enum"]
    assert len(params["afterwards"]["enum"]) == 2
    assert params["documents"]["items"]["pattern"] == "^[a-z_]+:.+$"
