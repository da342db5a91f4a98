"""The newest landed version of every document to whom something happened in a span of days, as files of one bucket."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from include.evidence.manifest import EvidenceFile
from include.evidence.store import EvidenceStore
from include.evidence.workspace import SqlWorkspace
from include.pipelines.validate import FINDINGS_DATASET
from include.ports.canonical import DATASETS, landed_schema
from include.store.explain_facts import BatchFacts
from include.subledger.engine import FINDING_SCHEMA
from include.subledger.recognition import RECOGNISED

_BY_APPLICATION = "applying_documents"  # the one that asks applications, and the last
_CHOSEN = [name for name in DATASETS if name != "deletions"]


@dataclass(frozen=True, slots=True)
class NewestDocuments:
    """Reads the evidence of a source's nights, bucket by bucket, and writes what it chooses below `folder`.

    `recognised` answers a bucket with local files of what was recognised in it.
    """

    store: EvidenceStore
    work: SqlWorkspace
    batches: Sequence[BatchFacts]
    folder: Path
    recognised: Callable[[int], list[str]] = lambda _: []

    def choose(self, bucket: int, *chosen_by: str) -> dict[str, list[str]]:
        """The files of a bucket by dataset, findings among them. `first_day` and `last_day` are variables of the workspace.

        Something happens to an invoice also on a day on which a service ended that it bills.

        `chosen_by` names the SQL that chooses among the newest documents of the bucket, shown as `batch_row`; without any,
        all are chosen to whom something happened between these days, or of which something was recognised.
        """
        self.work.run("seen_tables")
        for dataset in ("documents", "deletions"):
            self.view(dataset, bucket, landed_schema(dataset))
            self.work.run(f"seen_{dataset}")
        self.work.run("newest_seen")
        if not chosen_by:
            self.view("applications", bucket, landed_schema("applications"))
            self.work.run("dated_applications")
            self.work.view("stored_file", self.recognised(bucket), RECOGNISED)
            self.work.run("dated_recognised")
        if "named_documents" not in chosen_by:
            self.view("lines", bucket, landed_schema("lines"))
            self.work.run("dated_lines")
        self.view("documents", bucket, landed_schema("documents"))
        for step in chosen_by or ("dated_documents",):
            if step == _BY_APPLICATION:
                self.view("applications", bucket, landed_schema("applications"))
            self.work.run(step)
        self.work.run("dated_newest")
        whole = self._whole_batches(bucket)
        shapes = {name: landed_schema(name) for name in _CHOSEN} | {FINDINGS_DATASET: FINDING_SCHEMA}
        return {name: self._written(name, bucket, shape, whole) for name, shape in shapes.items()}

    def view(self, dataset: str, bucket: int | None, shape: pa.Schema, left_out: Container[int] = frozenset()) -> None:
        """Show a dataset of all batches, or of all but some, as `batch_row`: of one bucket, or of all."""
        files = [(number, file) for number, file in self._files(dataset, bucket) if number not in left_out]
        paths = self.store.fetch([file for _, file in files])
        self.work.view_of_batches([(path, number) for path, (number, _) in zip(paths, files, strict=True)], shape)
        self.work.run("batch_rows")

    def _files(self, dataset: str, bucket: int | None) -> list[tuple[int, EvidenceFile]]:
        return [
            (batch.batch_no, file)
            for batch in self.batches
            for file in batch.files
            if file.dataset == dataset and bucket in (None, file.bucket)
        ]

    def _whole_batches(self, bucket: int) -> set[int]:
        """The batches of which every document of the bucket is chosen."""
        landed: Counter[int] = Counter()
        for number, file in self._files("documents", bucket):
            landed[number] += file.rows
        return {
            row["batch_no"]
            for row in self.work.rows("dated_counts")
            if row["document_count"] == landed[row["batch_no"]]
        }

    def _written(self, dataset: str, bucket: int, shape: pa.Schema, whole: set[int]) -> list[str]:
        if dataset == FINDINGS_DATASET:  # they lie in files of several buckets
            self.view(dataset, None, shape)
            taken = []
        else:
            # Of a batch that is wanted whole the files are read as they are, unless they are too old to have every column.
            files = [(number, file) for number, file in self._files(dataset, bucket) if number in whole and file.rows]
            paths = self.store.fetch([file for _, file in files])
            taken = [path for path in paths if set(shape.names) <= set(pq.read_schema(path).names)]
            kept = {number for (number, _), path in zip(files, paths, strict=True) if path not in taken}
            self.view(dataset, bucket, shape, whole - kept)
        path = self.folder / f"{dataset}-{bucket}.parquet"
        return [*taken, str(path)] if self.work.write_parquet("newest_rows", path, "lz4_raw") else taken
