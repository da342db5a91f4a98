"""The names of documents, for rows as they stream by: computed by the one definition in `sql/document_uid.sql`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from include.evidence.duck import open_duckdb, read_sql


@dataclass(frozen=True, slots=True)
class DocumentNames:
    """Names the documents of one source and tenant; made by `open_document_names`."""

    _connection: duckdb.DuckDBPyConnection

    def name(self, document_type: pa.Array, native_id: pa.Array) -> pa.RecordBatch:
        """`document_uid` and `bucket` of each row. Rows of one document that lie together are named once."""
        begins = _begins(document_type, native_id)
        first = pc.indices_nonzero(begins)
        self._connection.register(
            "named", pa.table({"document_type": document_type.take(first), "native_id": native_id.take(first)})
        )
        [names] = self._connection.sql(read_sql("document_names")).to_arrow_table().combine_chunks().to_batches()
        self._connection.unregister("named")
        return names.take(pc.subtract(pc.cumulative_sum(begins.cast(pa.int32())), 1))


@contextmanager
def open_document_names(source_code: str, tenant: str, scratch: Path) -> Iterator[DocumentNames]:
    """Names of the documents of `source_code` and `tenant`, by an engine of its own."""
    with open_duckdb(scratch) as connection:
        connection.execute("set preserve_insertion_order = true")
        connection.execute("set arrow_lossless_conversion = true")  # a UUID leaves as one, in 16 bytes
        connection.execute(read_sql("document_uid"))
        connection.execute("set variable source_code = $value", {"value": source_code})
        connection.execute("set variable tenant = $value", {"value": tenant})
        yield DocumentNames(connection)


def _begins(document_type: pa.Array, native_id: pa.Array) -> pa.Array:
    """Whether a row is of another document than the row before it."""
    differs = pc.or_(_differs(document_type), _differs(native_id))
    return pa.concat_arrays([pa.array([True]), pc.fill_null(differs, fill_value=True)])


def _differs(column: pa.Array) -> pa.Array:
    return pc.not_equal(column[1:], column[:-1])
