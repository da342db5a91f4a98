"""What dead nights have left goes after a week, and nothing else does."""

from __future__ import annotations

import os
import time
from pathlib import Path
from uuid import uuid4

import pytest

from include.evidence.store import EvidenceStore
from include.pipelines.tidy import tidy
from include.store.database import FinanceDatabase


@pytest.fixture
def evidence(tmp_path: Path) -> EvidenceStore:
    return EvidenceStore(str(tmp_path / "evidence"), tmp_path / "scratch")


def attempt(finance: FinanceDatabase, folder: Path, state: str, days: int) -> Path:
    """An attempt with a file of evidence that has been in this state for so many days."""
    attempt_id = uuid4()
    path = f"billing/2026-02-01/{attempt_id}"
    with finance.transaction() as connection:
        connection.execute("insert into source_stream (source_code) values ('billing') on conflict do nothing")
        connection.execute(
            "insert into attempt (id, source_code, kind, read_instant, horizon_from, state, evidence_path, state_at)"
            " values (%s, 'billing', 'night', '2026-02-01T06:00Z', 0, %s, %s, now() - make_interval(days => %s))",
            (attempt_id, state, path, days),
        )
    file = folder / "evidence" / path / "documents" / "bucket-0.parquet"
    file.parent.mkdir(parents=True)
    file.touch()
    return file


def test_evidence_of_attempts_abandoned_a_week_ago_is_removed_once(
    finance: FinanceDatabase, evidence: EvidenceStore, tmp_path: Path
) -> None:
    old = attempt(finance, tmp_path, "abandoned", 8)
    kept = [
        attempt(finance, tmp_path, "abandoned", 6),
        attempt(finance, tmp_path, "landed", 8),
        attempt(finance, tmp_path, "committed", 800),
    ]
    assert tidy(finance, evidence) == 1
    assert not old.exists()
    assert all(file.exists() for file in kept)
    assert tidy(finance, evidence) == 0


def test_an_attempt_whose_folder_is_gone_already_is_settled(
    finance: FinanceDatabase, evidence: EvidenceStore, tmp_path: Path
) -> None:
    """As after dying between removing the folder and writing that down."""
    file = attempt(finance, tmp_path, "abandoned", 8)
    evidence.delete(file.relative_to(tmp_path / "evidence").parts[0])
    assert tidy(finance, evidence) == 1
    assert tidy(finance, evidence) == 0


def test_scratch_of_a_task_that_may_still_run_stays(
    finance: FinanceDatabase, evidence: EvidenceStore, tmp_path: Path
) -> None:
    old, busy = (tmp_path / "scratch" / name for name in ("account-old", "account-busy"))
    long_ago = time.time() - 3 * 24 * 3600
    for folder in (old, busy):
        (folder / "spill").mkdir(parents=True)
        os.utime(folder / "spill", (long_ago, long_ago))
        os.utime(folder, (long_ago, long_ago))
    (busy / "spill" / "rows").touch()
    tidy(finance, evidence)
    assert not old.exists()
    assert busy.exists()
