"""Landing: a stream of canonical rows becomes Parquet, in buckets by document, with flat memory.

All rows of a document, its lines, taxes and applications, lie in the bucket of its name (`sql/document_uid.sql`), so
that whoever reads evidence can take one bucket after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from include.evidence.disk import explain_disk
from include.evidence.duck import ROW_GROUP_ROWS, open_duckdb, read_sql
from include.evidence.manifest import EvidenceFile
from include.evidence.store import EvidenceStore
from include.finance.errors import EvidenceError
from include.ports.canonical import CONTROL_DATASET, CONTROL_TOTALS, DATASETS

_QUERIES = {"applications": "landed_applications"}  # the others take `landed`


@dataclass(frozen=True, slots=True)
class Landing:
    """Lands the datasets of one attempt of one source below `prefix` of the evidence folder."""

    store: EvidenceStore
    prefix: str
    source_code: str
    tenant: str
    scratch: Path

    def land(self, dataset: str, batches: Callable[[], Iterator[pa.RecordBatch]]) -> list[EvidenceFile]:
        """Stream `batches` into the files of `dataset` and return their lines of the manifest; no rows, no files.

        Raises what the stream raises, and EvidenceError when rows were lost on the way or the disk is full.
        """
        stream = _Stream(batches())
        if stream.is_empty():
            return []
        folder = self.scratch / dataset
        with explain_disk(self.scratch):
            folder.mkdir(parents=True)
            self._write(dataset, stream, folder)
        files = [
            self.store.put(local, f"{self.prefix}/{dataset}/bucket-{bucket}.parquet", dataset, bucket)
            for bucket, local in _buckets(folder)
        ]
        if (landed := sum(file.rows for file in files)) != stream.rows:
            raise EvidenceError(
                f"Dataset {dataset} of source {self.source_code}: {stream.rows} rows were read and {landed} landed "
                f"below {self.prefix}. Run the night again; if it repeats, report it: nothing was accounted."
            )
        return files

    def land_control_totals(self, batches: Iterator[pa.RecordBatch]) -> list[EvidenceFile]:
        """Keep what the source says of itself in one small file, apart from its rows. Raises as `land` does."""
        local = self.scratch / f"{CONTROL_DATASET}.parquet"
        rows = pa.Table.from_batches(batches, CONTROL_TOTALS)
        with explain_disk(self.scratch):
            self.scratch.mkdir(parents=True, exist_ok=True)
            pq.write_table(rows, local, compression="zstd")
        return [self.store.put(local, f"{self.prefix}/{CONTROL_DATASET}/bucket-0.parquet", CONTROL_DATASET, 0)]

    def _write(self, dataset: str, stream: _Stream, folder: Path) -> None:
        reader = pa.RecordBatchReader.from_batches(DATASETS[dataset], stream)
        with open_duckdb(self.scratch) as connection:
            connection.execute(read_sql("document_uid"))
            connection.execute("set variable source_code = $value", {"value": self.source_code})
            connection.execute("set variable tenant = $value", {"value": self.tenant})
            connection.register("stream", reader)
            try:
                connection.sql(read_sql(_QUERIES.get(dataset, "landed"))).write_parquet(
                    str(folder),
                    partition_by=["bucket"],
                    write_partition_columns=True,
                    compression="zstd",
                    row_group_size=ROW_GROUP_ROWS,
                    overwrite=True,
                )
            except duckdb.Error as error:
                # An error of the stream comes wrapped in the engine's own: the first one says what to do.
                if stream.error is not None:
                    raise stream.error from None
                raise _disk_error(error) from error


class _Stream(Iterator[pa.RecordBatch]):
    """Passes batches on, counts their rows by itself and keeps the error that ended them."""

    def __init__(self, batches: Iterator[pa.RecordBatch]) -> None:
        self._batches = (batch for batch in batches if batch.num_rows)
        self._first: pa.RecordBatch | None = None
        self.rows = 0
        self.error: Exception | None = None

    def is_empty(self) -> bool:
        """Look ahead whether there is a row at all: most nights most datasets have none."""
        self._first = next(self._batches, None)
        return self._first is None

    def __next__(self) -> pa.RecordBatch:
        try:
            batch, self._first = self._first or next(self._batches), None
        except StopIteration:
            raise
        except Exception as error:
            self.error = error
            raise
        self.rows += batch.num_rows
        return batch


def _buckets(folder: Path) -> list[tuple[int, Path]]:
    """The one file of each bucket that has rows, as DuckDB names them: `bucket=3/data_0.parquet`."""
    files = sorted(folder.glob("bucket=*/*.parquet"))
    numbers = [int(file.parent.name.removeprefix("bucket=")) for file in files]
    if len(set(numbers)) != len(numbers):
        raise EvidenceError(f"A bucket in {folder} has several files. Run the night again; nothing was accounted.")
    return list(zip(numbers, files, strict=True))


def _disk_error(error: duckdb.Error) -> Exception:
    """A full or closed disk as the operating system would say it, so that it gets its cure; others as they are."""
    if isinstance(error, duckdb.IOException):
        for code, words in ((28, "no space left"), (27, "file too large"), (13, "permission denied")):
            if words in str(error).lower():
                return OSError(code, str(error))
    return error
