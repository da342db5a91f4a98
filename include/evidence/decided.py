"""Stored decisions: what a night made of some documents, by their names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

_BYTES = pa.binary(16)


def read_decided(paths: Iterable[str], columns: Sequence[str], uids: pa.Array | pa.ChunkedArray) -> pa.Table | None:
    """Rows of the stored decisions at `paths` about the documents `uids`, given as UUIDs; None where there is no file."""
    wanted = _combined(uids.cast(_BYTES))
    found = []
    for path in paths:
        table = pq.read_table(path, columns=list(columns))
        found.append(table.filter(pc.is_in(table["document_uid"].cast(_BYTES), value_set=wanted)))
    return pa.concat_tables(found) if found else None


def _combined(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
