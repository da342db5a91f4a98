"""Evidence is written once, whole, and every change to it is noticed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from include.evidence.manifest import (
    EvidenceFile,
    manifest_from_json,
    manifest_to_json,
    rows_by_dataset,
)
from include.evidence.store import EvidenceStore
from include.finance.errors import EvidenceError


@pytest.fixture
def store(tmp_path: Path) -> EvidenceStore:
    return EvidenceStore(str(tmp_path / "evidence"), tmp_path / "scratch")


@pytest.fixture
def finished(tmp_path: Path) -> Path:
    """A Parquet file of three rows, as a run leaves it in its scratch folder."""
    file = tmp_path / "finished.parquet"
    pq.write_table(pa.table({"amount_minor": pa.array([1, 2, 3], pa.int64())}), file)
    return file


def test_a_file_is_put_whole_and_described(store: EvidenceStore, finished: Path, tmp_path: Path) -> None:
    file = store.put(finished, "pg/night/documents/bucket-3.parquet", "documents", 3)
    assert (file.rows, file.bytes, file.bucket) == (3, finished.stat().st_size, 3)
    store.verify([file])
    store.verify_content([file])
    assert [Path(path).read_bytes() for path in store.fetch([file])] == [finished.read_bytes()]
    assert [found.name for found in (tmp_path / "evidence").rglob("*") if found.is_file()] == ["bucket-3.parquet"]


def test_evidence_is_never_written_over(store: EvidenceStore, finished: Path) -> None:
    file = store.put(finished, "pg/a.parquet", "lines", 0)
    with pytest.raises(EvidenceError, match="exists already"):
        store.put(finished, "pg/a.parquet", "lines", 0)
    store.verify_content([file])


def test_a_file_that_was_cut_or_replaced_or_lost_is_named(store: EvidenceStore, finished: Path, tmp_path: Path) -> None:
    file = store.put(finished, "pg/a.parquet", "lines", 0)
    place = tmp_path / "evidence" / "pg" / "a.parquet"
    content = place.read_bytes()
    place.write_bytes(content[:-1])
    with pytest.raises(EvidenceError, match=r"a\.parquet was altered: bytes"):
        store.verify([file])
    place.write_bytes(bytes(len(content)))
    with pytest.raises(EvidenceError, match=r"a\.parquet is no readable Parquet file"):
        store.verify([file])
    place.unlink()
    with pytest.raises(EvidenceError, match=r"a\.parquet is lost"):
        store.verify([file])


def test_one_changed_byte_is_found_by_reading_the_content(store: EvidenceStore, finished: Path, tmp_path: Path) -> None:
    file = store.put(finished, "pg/a.parquet", "lines", 0)
    place = tmp_path / "evidence" / "pg" / "a.parquet"
    content = bytearray(place.read_bytes())
    content[10] ^= 1
    place.write_bytes(content)
    store.verify([file])
    with pytest.raises(EvidenceError, match="SHA-256"):
        store.verify_content([file])


def test_a_wrong_row_count_in_the_manifest_is_found(store: EvidenceStore, finished: Path) -> None:
    file = store.put(finished, "pg/a.parquet", "lines", 0)
    with pytest.raises(EvidenceError, match="rows 3, the manifest says 4"):
        store.verify([replace(file, rows=4)])


def test_a_place_that_is_no_folder_says_where_and_why(finished: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    store = EvidenceStore(str(tmp_path / "file"), tmp_path / "scratch")
    with pytest.raises(EvidenceError, match=rf"Evidence folder {tmp_path}/file can't be used"):
        store.put(finished, "pg/a.parquet", "lines", 0)


def test_deleting_an_attempt_leaves_the_others(store: EvidenceStore, finished: Path) -> None:
    gone = store.put(finished, "pg/night/one/a.parquet", "lines", 0)
    kept = store.put(finished, "pg/night/two/a.parquet", "lines", 0)
    store.delete("pg/night/one")
    store.delete("pg/night/one")
    store.verify([kept])
    with pytest.raises(EvidenceError, match="is lost"):
        store.verify([gone])


@pytest.mark.parametrize("path", ["", "../out", "pg/../../out", "/etc"])
def test_a_path_outside_the_evidence_folder_is_refused(store: EvidenceStore, path: str) -> None:
    with pytest.raises(ValueError, match="not a path below"):
        store.delete(path)


def test_a_manifest_survives_its_way_through_json() -> None:
    files = [
        EvidenceFile(f"pg/{dataset}/bucket-{n}.parquet", dataset, n, 10, n, "ab")
        for dataset in ("lines", "documents")
        for n in (1, 2)
    ]
    assert sorted(manifest_from_json(manifest_to_json(files)), key=files.index) == files
    assert manifest_to_json(files) == manifest_to_json(reversed(files))
    assert manifest_from_json(None) == []
    assert rows_by_dataset(files) == {"lines": 3, "documents": 3}
