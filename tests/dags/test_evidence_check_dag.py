"""What `evidence_check` is made of: read in a process of its own, as Airflow reads it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from include.finance.actor import Actor
from include.finance.errors import EvidenceError
from include.orchestration import evidence_check as tasks
from include.orchestration.evidence_check import EVERYTHING
from include.orchestration.schedule import evidence_check_schedule
from tests.dags.test_replay_exceptions_dag import plain, tasks_of

_ROOT = Path(__file__).resolve().parents[2]
_READ = """
import json, os, sys
from airflow.dag_processing.dagbag import DagBag
from airflow.serialization.serialized_objects import DagSerialization
texts = []
for schedule in ("", "0 12 * * 6"):
    os.environ["TIEOUT_EVIDENCE_CHECK_SCHEDULE"] = schedule
    bag = DagBag("dags/evidence_check.py")
    texts.append(json.dumps(DagSerialization.to_dict(bag.dags["evidence_check"])) if bag.dags else "")
json.dump([bag.import_errors, *texts, "pyarrow" in sys.modules], open(sys.argv[1], "w"))
"""


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    folder = tmp_path_factory.mktemp("airflow")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "TIEOUT"))}
    own = {"AIRFLOW_HOME": str(folder), "AIRFLOW__CORE__DAGS_FOLDER": str(_ROOT / "dags"), "PYTHONPATH": str(_ROOT)}
    answer = folder / "answer.json"
    command = [sys.executable, "-c", _READ, str(answer)]
    subprocess.run(command, env=kept | own, cwd=_ROOT, check=True, capture_output=True)
    content: list[Any] = json.loads(answer.read_text())
    assert content[0] == {}
    return content


@pytest.fixture(scope="module")
def dag(read: list[Any]) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(read[1])["dag"]
    return content


def test_it_is_one_task_for_each_source_and_loads_nothing_heavy(read: list[Any], dag: dict[str, Any]) -> None:
    found = tasks_of(dag)
    assert set(found) == {"plan", "check"}
    assert found["plan"]["downstream_task_ids"] == ["check"]
    assert found["check"]["_is_mapped"] is True
    assert dag["max_active_runs"] == 1
    assert dag["catchup"] is False
    assert read[3] is False


def test_it_runs_by_hand_until_somebody_sets_when(read: list[Any], dag: dict[str, Any]) -> None:
    assert "NullTimetable" in json.dumps(dag["timetable"])
    assert "0 12 * * 6" in json.dumps(json.loads(read[2])["dag"]["timetable"])
    assert evidence_check_schedule({}) is None
    assert evidence_check_schedule({"TIEOUT_EVIDENCE_CHECK_SCHEDULE": " "}) is None


def test_the_form_offers_the_next_part_or_everything_and_is_explained(dag: dict[str, Any]) -> None:
    params = {name: plain(param["schema"]) for name, param in dag["params"]}
    assert set(params) == {"share", "sources"}
    assert all(f"`{name}`" in dag["doc_md"] for name in params)
    assert params["share"]["enum"] == ["the next part", EVERYTHING]


def test_a_run_checks_what_its_form_says_in_the_name_of_who_started_it(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[object, ...]] = []

    def check(_desk: object, source: str, run_key: str, actor: str, *, is_everything: bool) -> SimpleNamespace:
        asked.append((source, run_key, actor, is_everything))
        return SimpleNamespace(
            text="read",
            source_code=source,
            standing=SimpleNamespace(fault_count=len(asked) - 1, findings=("x is lost",)),
        )

    monkeypatch.setattr(tasks, "acting", lambda: Actor("evidence_check.check", "anna", "run-1"))
    monkeypatch.setattr(tasks, "_desk", lambda: None)
    monkeypatch.setattr(tasks, "check_evidence", check)
    tasks.check_evidence_run("billing", {"share": "the next part", "sources": []}, "run-1")
    with pytest.raises(EvidenceError, match="x is lost"):
        tasks.check_evidence_run("billing", {"share": EVERYTHING, "sources": []}, "run-2")
    assert asked == [("billing", "run-1", "anna", False), ("billing", "run-2", "anna", True)]
