"""Billing in a PostgreSQL database of one's own: one snapshot of it, streamed as Arrow.

The login needs `connect`, `usage` on the schema `billing` and `select` on its tables; nothing is written there, not
even a temporary table. Rows come through PostgreSQL's binary COPY. The driver uses COPY only for queries without bound
parameters, so what a query needs to know is handed to it as a setting of the transaction (`tieout.horizon`).
Read from the primary: on a hot standby the position has not been tried.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any

import adbc_driver_manager
import adbc_driver_postgresql.dbapi as adbc
import psycopg.conninfo
import pyarrow as pa

from include.adapters.billing.postgres_contract import find_drift
from include.adapters.billing.postgres_errors import billing_error, stream_error
from include.adapters.billing.postgres_queries import DATASET_QUERIES, query
from include.finance.errors import SourceUnreadableError
from include.ports.billing import Cell, Reading, SourcePosition
from include.ports.canonical import CONTROL_TOTALS, DATASETS

_CONNECT_TIMEOUT_SECONDS = 10


@dataclass(frozen=True, slots=True)
class PostgresBilling:
    """A billing database of our contract's shape. `dsn` is a libpq URI and never shown; `name` is its connection."""

    dsn: str = field(repr=False)
    name: str

    def position(self) -> SourcePosition:
        """Where the database stands now. Raises SystemUnreachableError, CredentialsRefusedError."""
        with self._snapshot() as cursor:
            return self._position(cursor)

    @contextmanager
    def read(
        self,
        since_horizon: int,
        retry_documents: Sequence[tuple[str, str]],
        owners_of_deleted: Callable[[Sequence[tuple[str, str]]], Sequence[tuple[str, str]]],
    ) -> Iterator[Reading]:
        """One REPEATABLE READ snapshot, open until the context ends; see `BillingSource.read`.

        Raises SourceUnreadableError when a table, a column, a right or a type is not what we need.
        """
        with self._snapshot() as cursor:
            position = self._position(cursor)
            self._refuse_drift(cursor)
            self._set(cursor, "tieout.horizon", str(since_horizon))
            requested = list(retry_documents)
            if since_horizon > 0 and (deleted := self._rows(cursor, query("deleted_children"))):
                requested += owners_of_deleted(deleted)
            self._set(cursor, "tieout.requested", _as_json(requested))
            is_full = since_horizon == 0
            yield Reading(
                position,
                {dataset: partial(self._stream, cursor, dataset, is_full=is_full) for dataset in DATASETS},
                partial(self._control_totals, cursor, is_full=is_full),
            )

    def cell_documents(self, cell: Cell, since_horizon: int = 0) -> pa.Table:
        """The documents of one cell, in a snapshot of its own."""
        with self._snapshot() as cursor:
            self._set(cursor, "tieout.horizon", str(since_horizon))
            self._set(cursor, "tieout.cell_type", cell.document_type)
            self._set(cursor, "tieout.cell_entity", cell.legal_entity_code)
            self._set(cursor, "tieout.cell_date", cell.document_date.isoformat() if cell.document_date else "")
            self._set(cursor, "tieout.cell_currency", cell.currency)
            with self._sorted_errors():
                cursor.execute(query("cell_documents"))
                return cursor.fetch_arrow_table()

    def _control_totals(self, cursor: Any, since: date, *, is_full: bool) -> Iterator[pa.RecordBatch]:
        self._set(cursor, "tieout.totals_since", since.isoformat())
        yield from self._read(cursor, "window_counts", CONTROL_TOTALS, is_full=is_full)
        # A billing database of one's own may keep no totals; then only the same path is left to check by.
        if self._rows(cursor, "select to_regclass('billing.control_totals')::text") != [(None,)]:
            yield from self._read(cursor, "control_totals", CONTROL_TOTALS)

    def _stream(self, cursor: Any, dataset: str, *, is_full: bool) -> Iterator[pa.RecordBatch]:
        # A whole reading asks for every item's history; where none is foreign, only to find nothing.
        if dataset == "reliefs" and is_full and self._rows(cursor, query("foreign_items")) == [(False,)]:
            return
        # Few processors convert: whom to ask for is not worth finding out where there is nothing to tell.
        if dataset == "conversions" and self._rows(cursor, query("converted_items")) == [(False,)]:
            return
        for name in DATASET_QUERIES[dataset]:
            yield from self._read(cursor, name, DATASETS[dataset], is_full=is_full)

    def _read(self, cursor: Any, name: str, schema: pa.Schema, *, is_full: bool = False) -> Iterator[pa.RecordBatch]:
        with self._sorted_errors():
            cursor.execute(query(name, is_full=is_full))
            reader = cursor.fetch_record_batch()
        self._check_types(reader.schema, schema, name)
        while True:
            with self._sorted_errors():
                batch = next(reader, None)
            if batch is None:
                break
            yield _canonical(batch, schema)

    def _refuse_drift(self, cursor: Any) -> None:
        """Refuse a schema of another shape than the contract's, with all that is different in it."""
        drift = find_drift((table, column, kind) for table, column, kind in self._rows(cursor, query("columns")))
        if drift:
            raise SourceUnreadableError(
                f"Connection {self.name}: the billing database is not of the shape that we read: {'; '.join(drift)}. "
                "Restore it there, or offer a view of the old shape in its place; nothing was read and nothing accounted."
            )

    def _check_types(self, found: pa.Schema, expected: pa.Schema, query_name: str) -> None:
        """Refuse columns that are not those of the canonical schema, before the first row is read."""
        if found.names != [name for name in expected.names if name in found.names]:
            raise SourceUnreadableError(f"Query {query_name}: columns are {found.names}, must be of {expected.names}.")
        for got in found:
            wanted = expected.field(got.name)
            if got.type != wanted.type and not (pa.types.is_decimal(wanted.type) and _is_numeric(got.type)):
                raise SourceUnreadableError(
                    f"Connection {self.name}, query {query_name}: field {wanted.name} must be {wanted.type} and comes "
                    f"as {got.type}. Make the column's type in the billing database what the contract says, or cast it."
                )

    @contextmanager
    def _snapshot(self) -> Iterator[Any]:
        timeout = str(_CONNECT_TIMEOUT_SECONDS)
        with self._sorted_errors():
            dsn = psycopg.conninfo.make_conninfo(self.dsn, connect_timeout=timeout, application_name="tieout")
            connection = adbc.connect(dsn)
        cursor = connection.cursor()
        try:
            with self._sorted_errors():
                cursor.execute("set transaction isolation level repeatable read, read only")
                # Joins of a whole table with its parents stay in memory; of the server, for one connection, while it reads.
                cursor.execute("set local work_mem = '64MB'")
            yield cursor
        finally:
            with suppress(adbc_driver_manager.Error):
                cursor.close()
            connection.close()

    def _position(self, cursor: Any) -> SourcePosition:
        ((system_identifier, horizon, rank),) = self._rows(cursor, query("position"))
        return SourcePosition(system_identifier, horizon, rank)

    def _set(self, cursor: Any, setting: str, value: str) -> None:
        self._rows(cursor, "select set_config($1, $2, true)", setting, value)

    def _rows(self, cursor: Any, text: str, *parameters: str) -> list[tuple[Any, ...]]:
        with self._sorted_errors():
            cursor.execute(text, parameters or None)
            return [tuple(row) for row in cursor.fetchall()]

    @contextmanager
    def _sorted_errors(self) -> Iterator[None]:
        try:
            yield
        except adbc_driver_manager.Error as error:
            raise billing_error(self.name, error) from error
        except OSError as error:  # what the driver says once rows have begun to come
            raise stream_error(self.name, error) from error


def _as_json(documents: Sequence[tuple[str, str]]) -> str:
    return json.dumps([{"document_type": kind, "native_id": native_id} for kind, native_id in documents])


def _is_numeric(found: pa.DataType) -> bool:
    """PostgreSQL's numeric: the driver delivers it as text, exactly."""
    return bool(getattr(found, "type_name", None) == "numeric" or pa.types.is_string(found))


def _canonical(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """The same rows under the canonical schema; a column that the query leaves out is null on all of them.

    Numerics go from text to decimal, without a float in between.
    """
    found = dict(zip(batch.schema.names, batch.columns, strict=True))
    columns = [
        _as_decimal(found[wanted.name], wanted.type) if wanted.name in found else pa.nulls(batch.num_rows, wanted.type)
        for wanted in schema
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _as_decimal(column: pa.Array, wanted: pa.DataType) -> pa.Array:
    if not pa.types.is_decimal(wanted):
        return column
    return (column.storage if isinstance(column, pa.ExtensionArray) else column).cast(wanted)
