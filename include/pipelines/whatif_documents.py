"""The newest landed version of every document to whom something happened in a span of days, as files of one bucket."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from include.evidence.store import EvidenceStore
from include.evidence.workspace import SqlWorkspace
from include.pipelines.validate import FINDINGS_DATASET
from include.ports.canonical import DATASETS, landed_schema
from include.store.explain_facts import BatchFacts
from include.subledger.engine import FINDING_SCHEMA
from include.subledger.recognition import RECOGNISED

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
            self.work.run(step)
        self.work.run("dated_newest")
        shapes = {name: landed_schema(name) for name in _CHOSEN} | {FINDINGS_DATASET: FINDING_SCHEMA}
        return {name: self._written(name, bucket, shape) for name, shape in shapes.items()}

    def view(self, dataset: str, bucket: int | None, shape: pa.Schema) -> None:
        """Show a dataset of all batches as `batch_row`: of one bucket, or of all."""
        files = [
            (batch.batch_no, file)
            for batch in self.batches
            for file in batch.files
            if file.dataset == dataset and bucket in (None, file.bucket)
        ]
        paths = self.store.fetch([file for _, file in files])
        self.work.view_of_batches([(path, number) for path, (number, _) in zip(paths, files, strict=True)], shape)
        self.work.run("batch_rows")

    def _written(self, dataset: str, bucket: int, shape: pa.Schema) -> list[str]:
        # Findings lie in files of several buckets.
        self.view(dataset, None if dataset == FINDINGS_DATASET else bucket, shape)
        path = self.folder / f"{dataset}-{bucket}.parquet"
        return [str(path)] if self.work.write_parquet("newest_rows", path, "lz4_raw") else []
