"""Rows into one Parquet file per bucket, a row group of each at a time, so that what is held back stays small."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from include.ports.canonical import BUCKETS

# How the columns end that name one thing each: a dictionary of their values would only be larger than the values.
_NAMES = ("_id", "_uid", "_ref", "number")


@dataclass(slots=True)
class BucketFiles:
    """The files of one dataset in `folder`; made by `open_bucket_files`, whole when that context has ended."""

    folder: Path
    schema: pa.Schema
    _writers: dict[int, pq.ParquetWriter] = field(default_factory=dict)

    def write(self, rows: pa.RecordBatch) -> None:
        """Append rows, each to the file of its bucket. Raises OSError."""
        for bucket in range(BUCKETS):
            mine = pc.indices_nonzero(pc.equal(rows["bucket"], bucket))
            if len(mine):
                self._writer(bucket).write_batch(rows.take(mine))

    def paths(self) -> list[tuple[int, Path]]:
        """The file of each bucket that has rows."""
        return [(bucket, self._path(bucket)) for bucket in sorted(self._writers)]

    def close(self) -> None:
        """Finish the files."""
        for writer in self._writers.values():
            writer.close()

    def _writer(self, bucket: int) -> pq.ParquetWriter:
        if bucket not in self._writers:
            repeating = [name for name in self.schema.names if not name.endswith(_NAMES)]
            self._writers[bucket] = pq.ParquetWriter(
                self._path(bucket), self.schema, compression="zstd", use_dictionary=repeating
            )
        return self._writers[bucket]

    def _path(self, bucket: int) -> Path:
        return self.folder / f"bucket-{bucket}.parquet"


@contextmanager
def open_bucket_files(folder: Path, schema: pa.Schema) -> Iterator[BucketFiles]:
    """Files in a new folder."""
    folder.mkdir(parents=True)
    files = BucketFiles(folder, schema)
    try:
        yield files
    except BaseException:
        # The first error is the one to tell; nobody reads these files any more.
        with suppress(OSError):
            files.close()
        raise
    files.close()
