"""Landing: a stream of canonical rows becomes Parquet, in buckets by document, with flat memory.

All rows of a document, its lines, taxes and applications, lie in the bucket of its name (`sql/document_uid.sql`), so
that whoever reads evidence can take one bucket after the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from include.evidence.bucket_files import BucketFiles, open_bucket_files
from include.evidence.disk import explain_disk
from include.evidence.document_names import DocumentNames, open_document_names
from include.evidence.manifest import EvidenceFile
from include.evidence.store import EvidenceStore
from include.finance.errors import EvidenceError
from include.ports.canonical import BUCKETS, CONTROL_DATASET, CONTROL_TOTALS, DATASETS, landed_schema

# Rows are held until each bucket has about this many: a row group of its file.
ROW_GROUP_ROWS = 30_000


@dataclass(frozen=True, slots=True)
class Landing:
    """Lands the datasets of one attempt of one source below `prefix` of the evidence folder; see `open_landing`."""

    store: EvidenceStore
    prefix: str
    source_code: str
    scratch: Path
    names: DocumentNames

    def land(self, dataset: str, batches: Iterable[pa.RecordBatch]) -> list[EvidenceFile]:
        """Stream `batches` into the files of `dataset` and return their lines of the manifest; no rows, no files.

        Raises what the stream raises, and EvidenceError when rows were lost on the way or the disk is full.
        """
        if dataset == CONTROL_DATASET:
            return self._land_control_totals(batches)
        read = 0
        with explain_disk(self.scratch), open_bucket_files(self.scratch / dataset, landed_schema(dataset)) as out:
            for rows in _large(batches, DATASETS[dataset]):
                read += rows.num_rows
                self._write(dataset, rows, out)
        files = self.store.put_all([(dataset, bucket, local) for bucket, local in out.paths()], self.prefix)
        if (landed := sum(file.rows for file in files)) != read:
            raise EvidenceError(
                f"Dataset {dataset} of source {self.source_code}: {read} rows were read and {landed} landed "
                f"below {self.prefix}. Run the night again; if it repeats, report it: nothing was accounted."
            )
        return files

    def _land_control_totals(self, batches: Iterable[pa.RecordBatch]) -> list[EvidenceFile]:
        """Keep what the source says of itself in one small file, apart from its rows."""
        local = self.scratch / f"{CONTROL_DATASET}.parquet"
        with explain_disk(self.scratch):
            pq.write_table(pa.Table.from_batches(batches, CONTROL_TOTALS), local, compression="zstd")
        return self.store.put_all([(CONTROL_DATASET, 0, local)], self.prefix)

    def _write(self, dataset: str, rows: pa.RecordBatch, out: BucketFiles) -> None:
        named = self.names.name(rows["document_type"], rows["native_id"])
        if unnamed := named["bucket"].null_count:
            raise EvidenceError(
                f"{unnamed} rows of dataset {dataset} of source {self.source_code} don't say to which document they "
                "belong. Correct them in the source, then run the night again; nothing was accounted."
            )
        columns = [*rows.columns, *named.columns]
        if dataset == "applications":
            invoices = self.names.name(pa.repeat("invoice", rows.num_rows), rows["invoice_id"])
            columns.append(invoices["document_uid"])
        if dataset == "reliefs":
            columns.append(self.names.name(rows["item_type"], rows["item_id"])["document_uid"])
        out.write(pa.RecordBatch.from_arrays(columns, schema=out.schema))


@contextmanager
def open_landing(store: EvidenceStore, prefix: str, source_code: str, tenant: str, scratch: Path) -> Iterator[Landing]:
    """A landing that works in `scratch`. Raises EvidenceError when nothing can be written there."""
    with explain_disk(scratch):
        scratch.mkdir(parents=True, exist_ok=True)
    with open_document_names(source_code, tenant, scratch) as names:
        yield Landing(store, prefix, source_code, scratch, names)


def _large(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """The same rows in batches that give every bucket a row group."""
    held: list[pa.RecordBatch] = []
    for batch in batches:
        held.append(batch)
        if sum(each.num_rows for each in held) >= BUCKETS * ROW_GROUP_ROWS:
            yield _together(held, schema)
            held = []
    if any(batch.num_rows for batch in held):
        yield _together(held, schema)


def _together(held: list[pa.RecordBatch], schema: pa.Schema) -> pa.RecordBatch:
    [rows] = pa.Table.from_batches(held, schema).combine_chunks().to_batches()
    return rows
