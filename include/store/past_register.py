"""The document register as it was before a batch: from versions and bookings, which are never changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pyarrow as pa

from include.store.database import FinanceDatabase
from include.store.register import RegisterReader, compared_anyway, fetch_columns, register_sql


class PastRegister(RegisterReader):
    """Answers as the register did when the batch was accounted.

    `periods` are those of that time. What was to be read again is not kept: every document that is asked for counts as
    such, so that its events are compared with what is on file, which changes nothing where nothing changed.
    """

    def __init__(self, connection: Any, batch_no: int, periods: pa.Table, late_totals: pa.Table | None = None) -> None:
        super().__init__(connection)
        self._batch_no = batch_no
        self._periods = periods
        self._late_totals = late_totals
        self._asked: list[pa.Table] = []

    def rows(self, uids: pa.Table) -> pa.Table:
        """Register rows of the documents that were known."""
        self._asked.append(uids)
        return self._answer("register_rows", uids)

    def accounted(self, uids: pa.Table) -> pa.Table:
        """The documents among these that stood in the books."""
        return self._answer("accounted_invoices", uids)

    def bookings(self, uids: pa.Table) -> pa.Table:
        """All bookings and reversals of these documents that were on file."""
        return self._answer("bookings", uids)

    def retries(self, source_code: str) -> pa.Table:  # noqa: ARG002 (the batch is of that source)
        """Every document asked for until now."""
        return compared_anyway(self._asked)

    def periods(self, category: str = "") -> pa.Table:  # noqa: ARG002 (they are kept as the batch saw them)
        """All periods as they were."""
        return self._periods

    def late_totals(self) -> pa.Table | None:
        """What had been booked late, as the batch saw it; None where it asked for nothing."""
        return self._late_totals

    def _answer(self, query: str, uids: pa.Table) -> pa.Table:
        with self._connection.cursor() as cursor:
            for name in ("asked", "known", "booked", "withdrawn"):
                cursor.execute(f"drop table if exists pg_temp.{name}")
            cursor.adbc_ingest("asked", uids, mode="create", temporary=True)
            cursor.execute("select set_config('tieout.batch_no', $1, true)", (str(self._batch_no),))
            cursor.fetchall()
            for name in ("known", "booked", "withdrawn"):
                cursor.execute(register_sql(f"past/{name}"))
            return fetch_columns(cursor, f"past/{query}")


@contextmanager
def open_past_register(
    database: FinanceDatabase, batch_no: int, periods: pa.Table, late_totals: pa.Table | None = None
) -> Iterator[PastRegister]:
    """One columnar connection to ask on; nothing that it does is kept."""
    with database.columns() as connection:
        yield PastRegister(connection, batch_no, periods, late_totals)
