"""Evidence is read again, all of it in so many runs; what is lost or altered is named, and is settled when it is back."""

from __future__ import annotations

import hashlib
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from psycopg.types.json import Jsonb

from include.commands import retention as commands
from include.config.load import load_configuration
from include.evidence.manifest import EvidenceFile, manifest_from_json, manifest_to_json
from include.evidence.store import EvidenceStore, FileFault
from include.finance.actor import Actor
from include.finance.errors import EvidenceError, SystemUnreachableError, UnknownNameError
from include.pipelines import evidence_check
from include.pipelines.evidence_check import (
    CheckDesk,
    EvidenceChecked,
    check_evidence,
    is_in_part,
    require_whole,
    sources_to_check,
)
from include.store.database import FinanceDatabase

_EXCEPTIONS = "select subject_id, rule, state, owner, message, suggested_fix from exception where subject_type = 'evidence' order by cause"
_DATASETS = ("documents", "lines", "bookings")
_BUCKETS = 4


@dataclass
class Kept:
    """Two committed batches of twelve small files each, at paths that do not change from run to run."""

    desk: CheckDesk
    folder: Path
    batches: dict[int, list[EvidenceFile]] = field(default_factory=dict)

    @property
    def paths(self) -> set[str]:
        return {file.path for batch in self.batches.values() for file in batch}

    def commit(self, night: int) -> None:
        local = self.folder / "rows.parquet"
        put = []
        for number, dataset in enumerate(_DATASETS * _BUCKETS):
            pq.write_table(pa.table({"amount_minor": [night, number]}), local)
            path = f"billing/night-{night}/{dataset}/bucket-{number // len(_DATASETS)}.parquet"
            put.append(self.desk.evidence.put(local, path, dataset, number // len(_DATASETS)))
        attempt_id = uuid4()
        with self.desk.database.transaction() as connection:
            connection.execute("insert into source_stream (source_code) values ('billing') on conflict do nothing")
            connection.execute(
                "insert into attempt (id, source_code, kind, read_instant, horizon_from, state, evidence_path)"
                " values (%s, 'billing', 'night', '2026-02-01T06:00Z', 0, 'committed', %s)",
                (attempt_id, f"billing/night-{night}"),
            )
            row = connection.execute(
                "insert into batch (id, attempt_id, source_code, read_instant, horizon_from, horizon_to, snapshot_rank, generation,"
                " rule_set_sha256, code_version, manifest)"
                " values (%s, %s, 'billing', '2026-02-01T06:00Z', 0, 1, 1, %s, '', '', %s) returning batch_no, manifest",
                (attempt_id, attempt_id, night, Jsonb(manifest_to_json(put))),
            ).fetchone()
        assert row is not None
        self.batches[row["batch_no"]] = manifest_from_json(row["manifest"])

    def rows(self, query: str, *parameters: object) -> list[dict[str, Any]]:
        with self.desk.database.transaction() as connection:
            return connection.execute(query, parameters or None).fetchall()  # type: ignore[call-overload, no-any-return]

    def run(self, key: str, *, everything: bool = False) -> EvidenceChecked:
        return check_evidence(self.desk, "billing", key, "anna", is_everything=everything)

    def read_by(self, checked: EvidenceChecked) -> set[str]:
        rows = self.rows("select path from evidence_file_check where check_no = %s", checked.check.check_no)
        return {row["path"] for row in rows}

    def place(self, path: str) -> Path:
        return self.folder / "evidence" / path

    def in_part(self, part_no: int) -> str:
        """A file of the first batch that this part reads."""
        return next(file.path for file in self.batches[1] if is_in_part(file.path, part_no, 4))


@pytest.fixture
def kept(finance: FinanceDatabase, tmp_path: Path) -> Kept:
    evidence = EvidenceStore(str(tmp_path / "evidence"), tmp_path / "scratch")
    kept = Kept(CheckDesk(finance, evidence, load_configuration()), tmp_path)
    kept.commit(1)
    kept.commit(2)
    return kept


def test_so_many_runs_read_every_file_once_and_then_begin_anew(kept: Kept) -> None:
    found = [kept.run(f"week-{week}") for week in range(4)]
    assert [each.check.part_no for each in found] == [0, 1, 2, 3]
    assert sum(each.file_count for each in found) == len(kept.paths) == 24
    assert all(each.file_count for each in found)
    assert [each.standing.unread_count for each in found][-1] == 0
    assert found[0].standing.unread_count == 2
    assert "part 1 of 4" in found[0].text
    assert "2 of 2 batches were never read whole yet" in found[0].text
    assert "All 2 batches have been read whole since" in found[3].text
    parts = [kept.read_by(each) for each in found]
    assert set().union(*parts) == kept.paths
    again = kept.run("week-4")
    assert again.check.part_no == 0
    assert kept.read_by(again) == parts[0]
    ages = kept.rows("select batch_no, checked_count = file_count as is_read, checked_since from evidence_age")
    assert all(each["is_read"] and each["checked_since"] for each in ages)


def test_everything_is_read_at_once_and_the_round_goes_on_where_it_was(kept: Kept) -> None:
    kept.run("week-0")
    whole = kept.run("before the audit", everything=True)
    assert whole.check.part_no is None
    assert whole.file_count == 24
    assert whole.byte_count == sum(file.bytes for batch in kept.batches.values() for file in batch)
    assert kept.run("week-1").check.part_no == 1


def test_a_check_that_died_goes_on_where_it_stopped(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    find = EvidenceStore.find_fault

    def dying(store: EvidenceStore, file: EvidenceFile) -> FileFault | None:
        if len(asked) == 3:
            raise SystemUnreachableError("the store does not answer")
        asked.append(file.path)
        return find(store, file)

    monkeypatch.setattr(evidence_check, "_FILES_AT_ONCE", 1)
    monkeypatch.setattr(EvidenceStore, "find_fault", dying)
    with pytest.raises(SystemUnreachableError):
        kept.run("week-0")
    monkeypatch.setattr(
        EvidenceStore, "find_fault", lambda store, file: (asked.append(file.path), find(store, file))[1]
    )
    done = kept.run("week-0")
    assert len(asked) == len(set(asked)) == done.file_count
    assert done.check.part_no == 0
    assert kept.run("week-1").check.part_no == 1


def test_a_part_that_was_never_finished_is_the_next_run_s(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(evidence_check, "finish_check", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            kept.run("week-0")
    assert kept.run("week-1").check.part_no == 0


def test_a_run_that_is_cleared_after_it_was_finished_reads_its_part_again(kept: Kept) -> None:
    first = kept.run("week-0")
    kept.place(kept.in_part(0)).unlink()
    again = kept.run("week-0")
    assert (again.check.check_no, again.check.part_no) == (first.check.check_no, 0)
    assert (again.file_count, again.fault_count) == (first.file_count, 1)


def lose(path: Path) -> None:
    path.unlink()


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("harm", "rule", "fact"), [(lose, "evidence_lost", "is lost"), (flip, "evidence_altered", "was altered")]
)
def test_a_file_lost_or_altered_is_an_exception_that_closes_when_it_is_back(
    kept: Kept, harm: Callable[[Path], None], rule: str, fact: str
) -> None:
    path = kept.in_part(3)
    content = kept.place(path).read_bytes()
    harm(kept.place(path))
    found = kept.run("everything", everything=True)
    assert found.fault_count == 1
    with pytest.raises(
        EvidenceError, match=rf"1 file of the evidence of source billing lost or altered:\n.*{path} {fact}"
    ):
        require_whole(found)
    [told] = kept.rows(_EXCEPTIONS)
    assert (told["subject_id"], told["rule"], told["state"]) == ("batch 1", rule, "open")
    assert told["owner"]
    assert "make check-evidence" in told["suggested_fix"]
    assert path in told["message"]
    # The next runs read other parts, and what was wrong all the same.
    still = kept.run("week-0")
    assert still.fault_count == 1
    assert [row["state"] for row in kept.rows(_EXCEPTIONS)] == ["open"]
    kept.place(path).write_bytes(content)
    back = kept.run("week-1")
    require_whole(back)
    assert back.fault_count == 0
    assert [row["state"] for row in kept.rows(_EXCEPTIONS)] == ["closed"]


def test_a_batch_has_one_exception_for_all_that_is_lost_of_it(kept: Kept) -> None:
    for file in kept.batches[2]:
        kept.place(file.path).unlink()
    kept.run("everything", everything=True)
    [told] = kept.rows(_EXCEPTIONS)
    first = min(file.path for file in kept.batches[2])
    assert told["message"].startswith(f"evidence batch 2 of legal entity UNASSIGNED: 12 files were lost: {first}, ")
    assert told["message"].endswith(" and 7 more")


def test_a_source_that_nobody_knows_or_that_was_never_read_says_so(finance: FinanceDatabase, tmp_path: Path) -> None:
    evidence = EvidenceStore(str(tmp_path / "evidence"), tmp_path / "scratch")
    none = Kept(CheckDesk(finance, evidence, load_configuration()), tmp_path)
    assert none.run("week-0").text == "Source billing: there is no evidence yet."
    with pytest.raises(UnknownNameError, match="There is no source elsewhere; there are billing"):
        sources_to_check(none.desk, ["elsewhere"])


def test_evidence_of_a_source_that_is_configured_no_more_is_checked_all_the_same(kept: Kept) -> None:
    desk = replace(kept.desk, configuration=replace(kept.desk.configuration, sources={}))
    assert sources_to_check(desk) == ["billing"]
    checked = check_evidence(desk, "billing", "week-0", "anna", is_everything=True)
    assert checked.file_count == 24


@pytest.fixture
def shell(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> Kept:
    """The commands work with these batches, and write wide."""
    desk = kept.desk

    def app(by: str | None = None) -> SimpleNamespace:
        actor = Actor("command", by or "", uuid4().hex)
        return SimpleNamespace(
            configuration=desk.configuration, finance=lambda: desk.database, evidence=lambda: desk.evidence, actor=actor
        )

    monkeypatch.setattr(commands, "running_app", app)
    monkeypatch.setattr(commands.console, "width", 300)
    return kept


def test_the_command_reads_part_after_part_and_fails_by_name(shell: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        commands.check(source=None, everything=False, by="anna")
    said = capsys.readouterr().out
    assert "Source billing, part 1 of 4" in said
    assert "Source billing, part 2 of 4" in said
    shell.place(shell.in_part(0)).unlink()
    with pytest.raises(EvidenceError, match=shell.in_part(0)):
        commands.check(source="billing", everything=True, by="anna")


def test_the_list_of_what_is_past_retention_deletes_nothing(shell: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    commands.retention(on=None)
    assert "No batch is past its retention" in capsys.readouterr().out
    commands.retention(on=datetime(2999, 1, 1, tzinfo=UTC))
    said = capsys.readouterr().out
    assert "billing/night-1 (12 files)" in said
    assert "2 of 2 batches could go" in said
    assert all(shell.place(path).exists() for path in shell.paths)


def test_a_large_file_is_read_a_stretch_at_a_time(tmp_path: Path) -> None:
    evidence = EvidenceStore(str(tmp_path), tmp_path / "scratch")
    with (tmp_path / "large").open("wb") as large:
        large.truncate(64 << 20)
    file = EvidenceFile("large", "lines", 0, 64 << 20, 1, hashlib.sha256(bytes(64 << 20)).hexdigest())
    tracemalloc.start()
    try:
        assert evidence.find_fault(file) is None
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()
