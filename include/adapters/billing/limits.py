"""What no document can say: amounts that no sum could hold, and days that no calendar of ours has. Each costs its document alone.

What a database takes for a number or a day is more than can be added up or written down. Such a value lands as unknown, the
dataset `remainders` says what stood there, and its document waits; everything beside it goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from include.ports.billing import BillingSource, Cell, Reading, SourcePosition
from include.ports.canonical import REMAINDERS

# Nine thousand such amounts still add up to a number of 64 bits. sql/window_counts.sql counts by the same limit.
MOST_MINOR = 10**15
# The days of Python's calendar, in which every later step works.
_FIRST, _LAST = ((day - date(1970, 1, 1)).days for day in (date.min, date.max))
# What `divisor` says of a remainder that is none: no amount is divided by these.
BEYOND_AMOUNT, BEYOND_CALENDAR = 0, -1


@dataclass(frozen=True, slots=True)
class LimitedBilling:
    """A billing system without the amounts and days that nothing could be done with."""

    source: BillingSource

    def position(self) -> SourcePosition:
        """Where the source stands now."""
        return self.source.position()

    @contextmanager
    def read(
        self,
        since_horizon: int,
        retry_documents: Sequence[tuple[str, str]],
        owners_of_deleted: Callable[[Sequence[tuple[str, str]]], Sequence[tuple[str, str]]],
    ) -> Iterator[Reading]:
        """The same snapshot within the limits. `remainders` must be read last."""
        with self.source.read(since_horizon, retry_documents, owners_of_deleted) as reading:
            found = _Beyond()
            datasets = {name: partial(found.stream, name, stream) for name, stream in reading.datasets.items()}
            remainders = partial(found.remainders, reading.datasets["remainders"])
            yield Reading(reading.position, datasets | {"remainders": remainders}, reading.control_totals)

    def cell_documents(self, cell: Cell, since_horizon: int = 0) -> pa.Table:
        """The documents of one cell; what is beyond the limit is unknown, as it was when they landed."""
        table = self.source.cell_documents(cell, since_horizon)
        total = table["total_minor"]
        within = pc.if_else(_outside(total, -MOST_MINOR, MOST_MINOR), pa.scalar(None, total.type), total)
        return table.set_column(table.schema.get_field_index("total_minor"), "total_minor", within)


@dataclass(slots=True)
class _Beyond:
    """Takes such values out of the datasets of one snapshot, and keeps what they were."""

    _found: list[pa.RecordBatch] = field(default_factory=list)

    def stream(self, dataset: str, rows: Callable[[], Iterator[pa.RecordBatch]]) -> Iterator[pa.RecordBatch]:
        """A dataset, batch by batch."""
        for batch in rows():
            yield self._limited(dataset, batch)

    def remainders(self, of_source: Callable[[], Iterator[pa.RecordBatch]]) -> Iterator[pa.RecordBatch]:
        """What the source itself tells, and what the datasets that were read before had beyond the limits."""
        yield from of_source()
        yield from self._found

    def _limited(self, dataset: str, batch: pa.RecordBatch) -> pa.RecordBatch:
        changed: dict[str, pa.Array] = {}
        for column in batch.schema:
            values = batch[column.name]
            if column.name.endswith("_minor"):
                outside, divisor = _outside(values, -MOST_MINOR, MOST_MINOR), BEYOND_AMOUNT
            elif pa.types.is_date32(column.type):
                values = values.cast(pa.int32())
                outside, divisor = _outside(values, _FIRST, _LAST), BEYOND_CALENDAR
            else:
                continue
            if pc.any(outside).as_py():
                self._note(dataset, column.name, batch, values, outside, divisor)
                changed[column.name] = pc.if_else(outside, pa.scalar(None, column.type), batch[column.name])
        columns: Mapping[str, pa.Array] = dict(zip(batch.schema.names, batch.columns, strict=True)) | changed
        return pa.RecordBatch.from_arrays([columns[name] for name in batch.schema.names], schema=batch.schema)

    def _note(
        self, dataset: str, name: str, batch: pa.RecordBatch, values: pa.Array, outside: pa.Array, divisor: int
    ) -> None:
        columns = [
            batch["document_type"],
            batch["native_id"],
            pa.repeat(pa.scalar(f"{dataset}.{name}"), batch.num_rows),
            pa.nulls(batch.num_rows, pa.string()),
            values.cast(pa.int64()),
            pa.repeat(pa.scalar(divisor, pa.int64()), batch.num_rows),
        ]
        self._found.append(pa.RecordBatch.from_arrays(columns, schema=REMAINDERS).filter(outside))


def _outside(values: pa.Array, least: int, most: int) -> pa.Array:
    return pc.fill_null(pc.or_(pc.less(values, least), pc.greater(values, most)), fill_value=False)
