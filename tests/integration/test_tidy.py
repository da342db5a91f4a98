"""What dead nights have left goes after a week, and nothing else does."""

from __future__ import annotations

import os
import re
import time
from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest
from psycopg.types.json import Jsonb

from include.evidence.store import EvidenceStore
from include.finance.retention import LegalHold
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


def test_what_a_committed_batch_names_stays_whatever_the_state_of_its_attempt_says(
    finance: FinanceDatabase, evidence: EvidenceStore, tmp_path: Path
) -> None:
    """As a state that somebody changed by hand, or a batch that names a file of another attempt."""
    own, others = (attempt(finance, tmp_path, "abandoned", 4000) for _ in range(2))
    bystander = attempt(finance, tmp_path, "abandoned", 4000)
    named = [{"path": file.relative_to(tmp_path / "evidence").as_posix()} for file in (own, others)]
    with finance.transaction() as connection:
        connection.execute("update attempt set opened_at = state_at - interval '1 day'")
        connection.execute(
            "insert into batch (id, attempt_id, source_code, read_instant, horizon_from, horizon_to, snapshot_rank, generation,"
            " rule_set_sha256, code_version, manifest, committed_at)"
            " select gen_random_uuid(), id, source_code, read_instant, 0, 1, 1, 1, '', '', %s, state_at from attempt where evidence_path = %s",
            (Jsonb(named), named[0]["path"].removesuffix("/documents/bucket-0.parquet")),
        )
    assert tidy(finance, evidence) == 1
    assert own.exists()
    assert others.exists()
    assert not bystander.exists()


def test_under_a_legal_hold_no_evidence_goes_at_all(
    finance: FinanceDatabase, evidence: EvidenceStore, tmp_path: Path
) -> None:
    file = attempt(finance, tmp_path, "abandoned", 8)
    assert tidy(finance, evidence, LegalHold("case 4711", date(2026, 3, 1))) == 0
    assert file.exists()
    assert tidy(finance, evidence) == 1


def test_evidence_is_deleted_at_one_place_and_the_books_at_none(finance: FinanceDatabase) -> None:
    """Who adds a second place shows here that retention and holds are kept there, too."""
    include = Path(__file__).parents[2] / "include"
    callers = {
        path.relative_to(include).as_posix()
        for path in include.rglob("*.py")
        if re.search(r"(evidence|store|place)(\(\))?\.delete\(", path.read_text(encoding="utf-8"))
    }
    assert callers == {"evidence/store.py", "pipelines/tidy.py"}
    with finance.transaction() as connection:
        rows = connection.execute(
            "select c.relname from pg_class as c where c.relnamespace = 'tieout'::regnamespace and c.relkind in ('r', 'p')"
            " and (has_table_privilege('finance_writer', c.oid, 'delete') or has_table_privilege('finance_writer', c.oid, 'truncate'))"
        ).fetchall()
    # What is read again anyway: documents that wait, and what the ERP says of its accounts and periods.
    assert {row["relname"] for row in rows} == {"document_retry", "erp_account", "erp_period"}


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
