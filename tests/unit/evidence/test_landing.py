"""Rows land whole, each in the bucket of its document, however they are mixed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.evidence import landing as module
from include.evidence.document_names import open_document_names
from include.evidence.landing import open_landing
from include.evidence.store import EvidenceStore
from include.finance.errors import EvidenceError
from include.ports.canonical import DATASETS, landed_schema


def uid(document_type: str, native_id: str) -> UUID:
    text = "|".join(f"{len(part.encode())}:{part}" for part in ("pg", "main", document_type, native_id))
    return UUID(hashlib.sha256(text.encode()).hexdigest()[:32])


def bucket(name: UUID) -> int:
    return name.int % 8


def batch(dataset: str, rows: Sequence[dict[str, Any]]) -> pa.RecordBatch:
    empty = dict.fromkeys(DATASETS[dataset].names)
    return pa.RecordBatch.from_pylist([empty | row for row in rows], DATASETS[dataset])


def land(folder: Path, dataset: str, batches: Iterator[pa.RecordBatch]) -> list[dict[str, Any]]:
    """Land a dataset and read it again; each file's rows must be of the bucket that the file is named for."""
    store = EvidenceStore(str(folder / "evidence"), folder / "scratch")
    with open_landing(store, "night", "pg", "main", folder / "scratch" / "attempt") as landing:
        files = landing.land(dataset, batches)
    found: list[dict[str, Any]] = []
    for file, path in zip(files, store.fetch(files), strict=True):
        table = pq.read_table(path, partitioning=None)
        assert table.schema == landed_schema(dataset)
        assert file.rows == table.num_rows
        assert set(table["bucket"].to_pylist()) == {file.bucket}
        found += table.to_pylist()
    return found


_documents = st.tuples(st.sampled_from(["invoice", "payment"]), st.sampled_from(["A-1", "A-2", "é", "A-1|x"]))


@given(st.lists(_documents, min_size=1, max_size=12))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_rows_are_named_by_their_document_wherever_they_stand(tmp_path: Path, documents: list[tuple[str, str]]) -> None:
    with open_document_names("pg", "main", tmp_path) as names:
        types, ids = (pa.array(list(column)) for column in zip(*documents, strict=True))
        named = names.name(types, ids).to_pylist()
    wanted = [uid(*document) for document in documents]
    assert named == [{"document_uid": name, "bucket": bucket(name)} for name in wanted]


def test_many_rows_in_small_and_large_batches_land_once_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROW_GROUP_ROWS", 40)
    rows = [
        {"document_type": "invoice", "native_id": f"INV-{n // 3}", "line_id": f"L-{n}", "amount_minor": n}
        for n in range(5000)
    ]
    cuts = [0, 1, 1, 2, 700, 1500, 4999, 5000]
    parts = (batch("lines", rows[start:end]) for start, end in pairwise(cuts))
    landed = land(tmp_path, "lines", parts)
    assert sorted((row["line_id"], row["amount_minor"]) for row in landed) == sorted(
        (row["line_id"], row["amount_minor"]) for row in rows
    )
    assert {row["document_uid"] for row in landed if row["native_id"] == "INV-7"} == {uid("invoice", "INV-7")}


def test_an_application_names_its_owner_and_its_invoice(tmp_path: Path) -> None:
    rows = [
        {"document_type": "payment", "native_id": "PAY-1", "application_id": "A", "invoice_id": "INV-1"},
        {"document_type": "payment", "native_id": "PAY-1", "application_id": "B", "invoice_id": "INV-2"},
        {"document_type": "credit_memo", "native_id": "INV-1", "application_id": "C", "invoice_id": "INV-1"},
    ]
    landed = {row["application_id"]: row for row in land(tmp_path, "applications", iter([batch("applications", rows)]))}
    assert {key: (row["document_uid"], row["invoice_uid"]) for key, row in landed.items()} == {
        "A": (uid("payment", "PAY-1"), uid("invoice", "INV-1")),
        "B": (uid("payment", "PAY-1"), uid("invoice", "INV-2")),
        "C": (uid("credit_memo", "INV-1"), uid("invoice", "INV-1")),
    }


def test_no_rows_make_no_files(tmp_path: Path) -> None:
    assert land(tmp_path, "deletions", iter([])) == []
    assert land(tmp_path / "other", "deletions", iter([batch("deletions", [])])) == []


def test_a_row_that_names_no_document_is_refused(tmp_path: Path) -> None:
    rows = [{"document_type": "invoice", "native_id": "INV-1"}, {"document_type": "invoice", "native_id": None}]
    with pytest.raises(EvidenceError, match="1 rows of dataset lines of source pg don't say to which document"):
        land(tmp_path, "lines", iter([batch("lines", rows)]))
    assert list((tmp_path / "evidence").rglob("*.parquet")) == []


def test_a_stream_that_breaks_tells_its_own_error_and_leaves_no_evidence(tmp_path: Path) -> None:
    def broken() -> Iterator[pa.RecordBatch]:
        yield batch("lines", [{"document_type": "invoice", "native_id": "INV-1"}])
        raise RuntimeError("the line is cut")

    with pytest.raises(RuntimeError, match="the line is cut"):
        land(tmp_path, "lines", broken())
    assert list((tmp_path / "evidence").rglob("*.parquet")) == []
