"""The part of an explanation that lies in evidence: subledger entries, decisions, and billing's rows as they were landed.

Evidence lies in buckets by document. The totals of a journal entry need one dataset of its batch, in all buckets; a
document needs its own bucket only.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from uuid import UUID

import pyarrow as pa

from include.evidence.duck import open_duckdb
from include.evidence.manifest import EvidenceFile
from include.evidence.store import EvidenceStore
from include.evidence.workspace import SqlWorkspace
from include.finance.errors import EvidenceError
from include.finance.events import EVENTS
from include.ports.canonical import BUCKETS, DATASETS, landed_schema
from include.store.database import Row
from include.store.explain_facts import BatchFacts
from include.subledger.recognition import BOOKED

EXPLAIN_SQL = Path(__file__).resolve().parent.parent / "explain" / "sql"
_LINES = pa.schema(
    [("entry_id", pa.string()), ("line_no", pa.int32()), ("document_uid", pa.string())]
    + [(name, pa.string()) for name in ("account_code", "party_key", "department", "region", "product_line")]
    + [("amount_minor", pa.int64()), ("functional_minor", pa.int64())]
)
_DECISIONS = pa.schema(
    [(name, pa.string()) for name in ("document_uid", "document_type", "native_id", "outcome", "reason")]
)


@dataclass(frozen=True, slots=True)
class ExplainEvidence:
    """Asks the evidence of batches. Raises EvidenceError, naming the file, for one that is lost or altered."""

    store: EvidenceStore
    work: SqlWorkspace

    def take_lines(self, lines: Sequence[Row]) -> None:
        """Say which journal lines the next questions are about."""
        self.work.table("entry_line", pa.Table.from_pylist(list(lines), schema=_LINES))
        self.work.run("line_keys")

    def entry_totals(self, batch: BatchFacts, entry_id: UUID) -> list[dict[str, Any]]:
        """What the subledger entries of a journal entry sum to, by line, event type, rule and reversal."""
        self._view_entries([batch])
        self.work.set("entry_id", str(entry_id))
        return self.work.rows("entry_totals")

    def document_count(self, batch: BatchFacts, entry_id: UUID) -> int:
        """How many documents an entry carries."""
        self._view_entries([batch])
        self.work.set("entry_id", str(entry_id))
        return int(self.work.rows("entry_document_count")[0]["document_count"])

    def entry_ids_of(self, batches: Iterable[BatchFacts], uids: Sequence[str]) -> set[UUID]:
        """The journal entries of these batches that carry something of documents."""
        self._want(uids)
        self._view_entries(list(batches), *buckets_of(uids))
        return {UUID(row["entry_id"]) for row in self.work.rows("entries_of_documents")}

    def entry_documents(self, batch: BatchFacts, entry_id: UUID, line_no: int | None, limit: int) -> list[str]:
        """The first documents that an entry, or one line of it, carries, bucket by bucket in the order of evidence."""
        found: list[str] = []
        self.work.set("line_no", line_no)
        self.work.set("entry_id", str(entry_id))
        for bucket in range(BUCKETS):
            if len(found) >= limit:
                break
            self._view_entries([batch], bucket)
            self.work.set("listed", limit - len(found))
            found += [row["document_uid"] for row in self.work.rows("entry_documents")]
        return found

    def entries_of(self, batches: Iterable[BatchFacts], uids: Sequence[str]) -> list[dict[str, Any]]:
        """All stored subledger entries of documents in these batches, with their journal lines."""
        self._want(uids)
        self._view_entries(list(batches), *buckets_of(uids))
        return self.work.rows("document_entries")

    def decisions_of(self, batch: BatchFacts, uids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """What a batch decided on documents, by their uid. Raises EvidenceError when its evidence lacks one of them."""
        rows = self._rows_of(_files(batch, "decisions", *buckets_of(uids)), uids, _DECISIONS)
        found = {str(row["document_uid"]): row for row in rows}
        if missing := [uid for uid in uids if uid not in found]:
            raise EvidenceError(
                f"Batch {batch.batch_no} decided on document {missing[0]}, and its decisions below {batch.evidence_path} have "
                "nothing of it. Restore that batch's evidence from a backup; the batch table names its files."
            )
        return found

    def rows_of(self, batch: BatchFacts, uids: Sequence[str]) -> list[tuple[str, dict[str, Any]]]:
        """Billing's rows of documents as a batch landed them: (dataset, row), documents first."""
        return [
            (name, row)
            for name in DATASETS
            for row in self._rows_of(_files(batch, name, *buckets_of(uids)), uids, landed_schema(name))
        ]

    def numbered(self, batches: Iterable[BatchFacts], name: str) -> list[dict[str, Any]]:
        """The documents that were ever landed under a number or native id: every batch is read for it."""
        self.work.view(
            "stored_file",
            self._paths([file for batch in batches for file in _files(batch, "documents")]),
            landed_schema("documents"),
        )
        self.work.set("name", name)
        return self.work.rows("documents_numbered")

    def _view_entries(self, batches: Sequence[BatchFacts], *buckets: int) -> None:
        files = {name: [file for batch in batches for file in _files(batch, name, *buckets)] for name in BOOKED}
        view_entries(self.work, {name: self._paths(each) for name, each in files.items()})

    def _rows_of(self, files: Sequence[EvidenceFile], uids: Sequence[str], shape: pa.Schema) -> list[dict[str, Any]]:
        if not files:
            return []
        self._want(uids)
        self.work.view("stored_file", self._paths(files), shape)
        return self.work.rows("rows_of_documents")

    def _want(self, uids: Sequence[str]) -> None:
        # As a constant it reaches the files below the joins, so that only row groups with these documents are read.
        self.work.set("wanted_uids", list(uids))

    def _paths(self, files: Sequence[EvidenceFile]) -> list[str]:
        self.store.verify(files)
        return self.store.fetch(files)


@contextmanager
def open_evidence(store: EvidenceStore) -> Iterator[ExplainEvidence]:
    """Evidence with a workspace for one explanation, gone afterwards."""
    store.scratch.mkdir(parents=True, exist_ok=True)
    folder = Path(mkdtemp(prefix="explain-", dir=store.scratch))
    try:
        with open_duckdb(folder) as connection:
            # Bookings that an entry has are few: looked for by name, and not joined with every entry that the night wrote.
            connection.execute("set dynamic_or_filter_threshold = 10000")
            work = SqlWorkspace(connection, EXPLAIN_SQL)
            yield ExplainEvidence(store, work)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def view_entries(work: SqlWorkspace, paths: Mapping[str, list[str]]) -> None:
    """Show the subledger entries stored at `paths`, by dataset, as `stored_entry`."""
    for name, shape in BOOKED.items():
        work.table(f"{name}_shape", shape.empty_table())
        work.view(f"{name}_file", paths.get(name, []), shape)
    work.set("recognised_code", EVENTS["revenue.recognized"].code)
    work.set("revalued_code", EVENTS["fx.revalued"].code)
    work.run("stored_entries")


def _files(batch: BatchFacts, dataset: str, *buckets: int) -> list[EvidenceFile]:
    # The legs of recognised lines are few, and so are open items: one file for all buckets.
    chosen = () if dataset in ("recognition_legs", "revalued_items") else buckets
    return [file for file in batch.files if file.dataset == dataset and (not chosen or file.bucket in chosen)]


def buckets_of(uids: Sequence[str]) -> list[int]:
    """Where documents lie, as `evidence/sql/document_uid.sql` says."""
    return sorted({int(uid[-2:], 16) % BUCKETS for uid in uids})
